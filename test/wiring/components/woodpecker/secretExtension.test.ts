import { expect } from "chai";
import { parseSettings } from "../../../../config/parse.js";
import { type Made, register } from "../../../support/mocks.js";
import { rawSettings } from "../../../support/settings.js";

describe("SecretExtension", () => {
    async function declare(block: object = {}): Promise<Made[]> {
        return register(async () => {
            const pulumi = await import("@pulumi/pulumi");
            const { SecretExtension } = await import("../../../../components/woodpecker/secretExtension.js");
            const secretExtension = { allow: [{ repositories: ["acme/*"] }], ...block };
            const extension = parseSettings(rawSettings({ apps: {}, secretExtension })).secretExtension;
            if (!extension) throw new Error("no extension");
            new SecretExtension("extension", {
                extension,
                auth: { authMount: pulumi.output("kubernetes") },
                image: "node:24",
                program: { text: "console.log()", hash: "abc" },
            });
        });
    }
    const of = (made: readonly Made[], kind: string) => made.filter(({ type }) => type.endsWith(`:${kind}`));

    it("binds its Vault role to one account, one namespace, one audience and minutes", async () => {
        const [role] = of(await declare(), "AuthBackendRole");
        expect(role?.inputs).to.deep.include({
            backend: "kubernetes",
            roleName: "secret-extension",
            boundServiceAccountNames: ["secret-extension"],
            boundServiceAccountNamespaces: ["woodpecker"],
            audience: "vault-secret-extension",
            tokenPolicies: ["secret-extension"],
            tokenNoDefaultPolicy: true,
            tokenTtl: 120,
            tokenMaxTtl: 120,
        });
    });

    it("declares account, files, two pods, a budget and a Service in a namespace it does not own", async () => {
        const made = await declare();
        for (const kind of ["Namespace", "Secret", "NetworkPolicy"]) expect(of(made, kind), kind).to.deep.equal([]);
        expect(of(made, "ServiceAccount")[0]?.inputs.automountServiceAccountToken).to.equal(false);
        expect(of(made, "ConfigMap")[0]?.inputs.data).to.have.keys("secret-extension.js", "mapping.json", "allow.json");
        expect(of(made, "Deployment")[0]?.inputs.spec.replicas).to.equal(2);
        expect(of(made, "PodDisruptionBudget")[0]?.inputs.spec.minAvailable).to.equal(1);
        const [service] = of(made, "Service");
        expect(service?.inputs.spec).to.deep.equal({
            selector: { "app.kubernetes.io/name": "secret-extension" },
            ports: [{ name: "secrets", port: 8080, targetPort: "secrets" }],
        });
    });

    it("has no budget over a single pod, which would keep its node from being drained", async () => {
        expect(of(await declare({ replicas: 1 }), "PodDisruptionBudget")).to.deep.equal([]);
    });

    it("declares a NetworkPolicy and alerts when they are asked for", async () => {
        const peer = { cidr: "10.0.0.1/32", port: 8200 };
        const made = await declare({
            networkPolicy: { vault: peer, woodpecker: peer },
            alerts: { kind: "PrometheusRule", labels: { release: "prometheus" } },
        });
        expect(of(made, "NetworkPolicy")).to.have.lengthOf(1);
        expect(of(made, "PrometheusRule")[0]?.inputs.spec.groups[0].rules).to.have.lengthOf(6);
        expect(of(made, "PodMonitor")[0]?.inputs.spec.podMetricsEndpoints).to.deep.equal([
            { port: "monitor", path: "/metrics" },
        ]);
        expect(of(made, "PodMonitor")[0]?.inputs.metadata.labels).to.include({ release: "prometheus" });
    });
});
