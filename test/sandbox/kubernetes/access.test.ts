import { get } from "node:https";
import { AuthenticationV1Api, AuthorizationV1Api } from "@kubernetes/client-node";
import { expect } from "chai";
import { Cluster } from "../../support/cluster.js";

const vaultAudience = "vault";

describe("access to the sandbox's cluster", () => {
    const cluster = Cluster.ofSandbox();
    const ca = Buffer.from(cluster.config.getCurrentCluster()?.caData ?? "", "base64");
    const statusOf = (path: string, token?: string) =>
        new Promise((resolve, reject) => {
            const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
            get(`${cluster.server}${path}`, { ca, headers, agent: false }, (response) => {
                response.resume();
                resolve(response.statusCode);
            }).once("error", reject);
        });
    const namespace = "sandbox-test-access";

    before(() => cluster.createNamespace(namespace));
    after(() => cluster.deleteNamespace(namespace));

    const tokenFor = async (audiences: string[]) => {
        const { status } = await cluster.core.createNamespacedServiceAccountToken({
            namespace,
            name: "default",
            body: { spec: { audiences, expirationSeconds: 600 } },
        });
        return status?.token ?? "";
    };
    const review = async (token: string, audiences: string[]) => {
        const api = cluster.config.makeApiClient(AuthenticationV1Api);
        return (await api.createTokenReview({ body: { spec: { token, audiences } } })).status;
    };

    it("is refused to callers without credentials, whatever they ask", async () => {
        for (const path of ["/version", "/readyz", "/api/v1/namespaces/vault/secrets"]) {
            expect(await statusOf(path), path).to.equal(401);
        }
    });

    it("shows a ServiceAccount nothing that it has no role for", async () => {
        const token = await tokenFor([]);
        expect(await statusOf("/version", token)).to.equal(200);
        expect(await statusOf(`/api/v1/namespaces/${namespace}/secrets`, token)).to.equal(403);
    });

    it("reviews a token for its own audience only", async () => {
        const token = await tokenFor([vaultAudience]);
        const good = await review(token, [vaultAudience]);
        expect(good).to.include({ authenticated: true });
        expect(good?.user?.username).to.equal(`system:serviceaccount:${namespace}:default`);
        expect(good?.audiences).to.deep.equal([vaultAudience]);
        expect(await review(token, ["https://kubernetes.default.svc.cluster.local"])).not.to.include({
            authenticated: true,
        });
        expect(await statusOf("/version", token), "at the API server itself").to.equal(401);
    });

    it("lets Vault's ServiceAccount review tokens, with a token that does not expire", async () => {
        const { data } = await cluster.core.readNamespacedSecret({ namespace: "vault", name: "vault-token" });
        const token = Buffer.from(data?.token ?? "", "base64").toString();
        const [, claims = ""] = token.split(".");
        expect(JSON.parse(Buffer.from(claims, "base64url").toString())).not.to.have.property("exp");
        const api = cluster.config.makeApiClient(AuthorizationV1Api);
        const { status } = await api.createSubjectAccessReview({
            body: {
                spec: {
                    user: "system:serviceaccount:vault:vault",
                    resourceAttributes: { group: "authentication.k8s.io", resource: "tokenreviews", verb: "create" },
                },
            },
        });
        expect(status?.allowed).to.equal(true);
        expect(await statusOf("/api/v1/namespaces/vault/secrets", token)).to.equal(403);
    });
});
