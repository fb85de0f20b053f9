import { expect } from "chai";
import { parseSettings } from "../../../../config/parse.js";
import { type Made, register } from "../../../support/mocks.js";
import { rawSettings } from "../../../support/settings.js";

describe("SecretSync", () => {
    async function declare(secretSync: object): Promise<Made[]> {
        return register(async () => {
            const pulumi = await import("@pulumi/pulumi");
            const { SecretSync } = await import("../../../../components/woodpecker/secretSync.js");
            const sync = parseSettings(rawSettings({ apps: {}, secretSync })).secretSync;
            if (!sync) throw new Error("no sync");
            new SecretSync("sync", {
                sync,
                auth: { authMount: pulumi.output("kubernetes") },
                image: "node:24",
                program: { text: "console.log()", hash: "abc" },
            });
        });
    }
    const of = (made: readonly Made[], kind: string) => made.filter(({ type }) => type.endsWith(`:${kind}`));

    it("binds its Vault role to one account, one namespace, one audience and minutes", async () => {
        const [role] = of(await declare({}), "AuthBackendRole");
        expect(role?.inputs).to.deep.include({
            backend: "kubernetes",
            roleName: "secret-sync",
            boundServiceAccountNames: ["secret-sync"],
            boundServiceAccountNamespaces: ["woodpecker"],
            audience: "vault-secret-sync",
            tokenPolicies: ["secret-sync"],
            tokenNoDefaultPolicy: true,
            tokenTtl: 360,
            tokenMaxTtl: 360,
        });
    });

    it("declares account, program with mapping, and CronJob in a namespace it does not own", async () => {
        const made = await declare({});
        expect(of(made, "Namespace")).to.deep.equal([]);
        expect(of(made, "Secret")).to.deep.equal([]);
        expect(of(made, "NetworkPolicy")).to.deep.equal([]);
        expect(of(made, "ServiceAccount")[0]?.inputs.automountServiceAccountToken).to.equal(false);
        expect(of(made, "ConfigMap")[0]?.inputs.data).to.have.keys("secret-sync.js", "mapping.json");
        expect(of(made, "CronJob")[0]?.inputs.metadata).to.include({ name: "secret-sync", namespace: "woodpecker" });
    });

    it("declares a NetworkPolicy and alerts when they are asked for", async () => {
        const peer = { cidr: "10.0.0.1/32", port: 8200 };
        const made = await declare({
            networkPolicy: { vault: peer, woodpecker: peer },
            alerts: { kind: "PrometheusRule" },
        });
        expect(of(made, "NetworkPolicy")).to.have.lengthOf(1);
        expect(of(made, "PrometheusRule")[0]?.inputs.spec.groups[0].rules).to.have.lengthOf(4);
    });

    it("counts as stale by its schedule", async () => {
        const weekly = await declare({ schedule: "0 3 * * 0", alerts: { kind: "PrometheusRule" } });
        const rules = of(weekly, "PrometheusRule")[0]?.inputs.spec.groups[0].rules;
        expect(JSON.stringify(rules)).to.contain(`> ${7 * 86_400 + 300 + 1800}`);
    });
});
