import { expect } from "chai";
import { type Declared, describeObject, ObjectNames } from "../../../../components/adoption/serverObject.js";

const surroundings = {
    owner: "acme",
    authMount: "k8s",
    secretsMount: "tokens",
    cronRepository: "acme/infra",
};

function named(...declared: Declared[]): (string | undefined)[] {
    const names = new ObjectNames(surroundings);
    return declared.map((each) => {
        const object = names.of(each);
        return object && describeObject(object);
    });
}

describe("the names of objects on servers", () => {
    it("say where an object is, from the settings where an input is known only later", () => {
        expect(
            named(
                {
                    type: "github:index/actionsVariable:ActionsVariable",
                    inputs: { repository: "website", variableName: "WOODPECKER_URL", value: "" },
                },
                { type: "vault:index/policy:Policy", inputs: { name: "secret-sync" } },
                {
                    type: "vault:kubernetes/authBackendRole:AuthBackendRole",
                    inputs: { backend: Promise.resolve("later"), roleName: "secret-sync" },
                },
                {
                    type: "vault:kubernetes/secretBackendRole:SecretBackendRole",
                    inputs: { backend: Promise.resolve("later"), name: "website-deployer" },
                },
            ),
        ).to.deep.equal([
            "GitHub variable WOODPECKER_URL in acme/website",
            "Vault policy secret-sync",
            "Vault role secret-sync in auth/k8s",
            "Vault role website-deployer in tokens",
        ]);
    });

    it("find the repository of a secret by what both are in, and that of a cron in the settings", () => {
        const [one, two] = [{}, {}];
        const secret = (parent: unknown) => ({
            type: "woodpecker:index:RepositorySecret",
            inputs: { repositoryId: Promise.resolve(7), name: "token" },
            parent,
        });
        const repository = (fullName: string, parent: unknown) => ({
            type: "woodpecker:index:Repository",
            inputs: { fullName },
            parent,
        });
        expect(
            named(repository("acme/website", one), repository("acme/shop", two), secret(one), secret(two), {
                type: "woodpecker:index:Cron",
                inputs: { name: "nightly" },
                parent: {},
            }).slice(2),
        ).to.deep.equal([
            "Woodpecker secret token in acme/website",
            "Woodpecker secret token in acme/shop",
            "Woodpecker cron nightly in acme/infra",
        ]);
    });

    it("take kind and version of a Kubernetes object from its token, built in or not", () => {
        const names = new ObjectNames(surroundings);
        const metadata = { name: "alerts", namespace: "monitoring" };
        expect(names.of({ type: "kubernetes:core/v1:ConfigMap", inputs: { metadata } })).to.deep.equal({
            system: "Kubernetes",
            apiVersion: "v1",
            kind: "ConfigMap",
            name: "alerts",
            within: "monitoring",
        });
        const rule = names.of({ type: "kubernetes:monitoring.coreos.com/v1:PrometheusRule", inputs: { metadata } });
        expect(rule).to.include({ apiVersion: "monitoring.coreos.com/v1", kind: "PrometheusRule" });
    });

    it("leave out what is no object of its own", () => {
        expect(
            named(
                { type: "kubernetes:apps/v1:DeploymentPatch", inputs: { metadata: { name: "website" } } },
                { type: "pulumi:providers:vault", inputs: {} },
            ),
        ).to.deep.equal([undefined, undefined]);
    });
});
