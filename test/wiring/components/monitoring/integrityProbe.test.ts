import { expect } from "chai";
import { integrityProbe } from "../../../../config/integrityProbe.js";
import { type Made, register } from "../../../support/mocks.js";

const login = {
    username: { path: "ci/registry", key: "username" },
    password: { path: "ci/registry", key: "password" },
};

describe("IntegrityProbe", () => {
    async function declare(block: object): Promise<Made[]> {
        return register(async () => {
            const pulumi = await import("@pulumi/pulumi");
            const { IntegrityProbe } = await import("../../../../components/monitoring/integrityProbe.js");
            new IntegrityProbe("probe", {
                probe: integrityProbe.parse({ registryUrl: "https://registry.example.org", ...block }),
                credentials: { value: ({ key }) => pulumi.secret(`the ${key}`) },
                image: "node:24",
                program: { text: "console.log()", hash: "abc" },
            });
        });
    }
    const of = (made: readonly Made[], kind: string) => made.filter(({ type }) => type.endsWith(`:${kind}`));

    it("declares account, program and CronJob in a namespace it does not own", async () => {
        const made = await declare({});
        expect(of(made, "Namespace")).to.deep.equal([]);
        expect(of(made, "Secret")).to.deep.equal([]);
        expect(of(made, "ServiceAccount")[0]?.inputs.automountServiceAccountToken).to.equal(false);
        expect(of(made, "ConfigMap")[0]?.inputs.data).to.deep.equal({ "integrity-probe.js": "console.log()" });
        expect(of(made, "CronJob")[0]?.inputs.metadata).to.include({
            name: "registry-integrity-probe",
            namespace: "monitoring",
        });
    });

    it("keeps the login secret on its way", async () => {
        const [secret] = of(await declare({ login }), "Secret");
        expect(secret?.inputs.stringData).to.deep.equal({ username: "the username", password: "the password" });
        expect(secret?.secrets).to.deep.equal(["stringData"]);
    });

    it("declares the namespace when it is told to", async () => {
        expect(of(await declare({ createNamespace: true }), "Namespace")).to.have.lengthOf(1);
    });

    it("declares its alerts as a file or for the operator, and only when asked", async () => {
        expect(of(await declare({}), "PrometheusRule")).to.deep.equal([]);
        const operator = await declare({ alerts: { kind: "PrometheusRule", labels: { release: "prometheus" } } });
        const [rule] = of(operator, "PrometheusRule");
        expect(rule?.inputs.metadata.labels).to.deep.equal({ release: "prometheus" });
        expect(rule?.inputs.spec.groups[0].rules).to.have.lengthOf(6);
        const files = of(await declare({ alerts: {} }), "ConfigMap").map(({ inputs }) => inputs.data);
        expect(files.map((data) => data["registry-integrity.yml"] ?? "").join()).to.contain(
            "RegistryIntegrityProbeStale",
        );
    });

    it("counts as stale by its schedule, also where a broken image is told of", async () => {
        const daily = await declare({ schedule: "0 3 * * *", alerts: { kind: "PrometheusRule" } });
        const rules: { expr: string }[] = of(daily, "PrometheusRule")[0]?.inputs.spec.groups[0].rules;
        const after = 86_400 + 780 + 1800;
        const counted = rules
            .filter(({ expr }) => /time\(\) - /.test(expr))
            .map(({ expr }) => /[<>] (\d+)/.exec(expr)?.[1]);
        expect(counted).to.deep.equal([`${after}`, `${after}`]);
    });

    it("holds what is broken about a blob for as long as its schedule takes to look at all of a sample", async () => {
        const held = async (block: object) => {
            const [rule] = of(await declare({ ...block, alerts: { kind: "PrometheusRule" } }), "PrometheusRule");
            return /kind="blob"\}\[(\w+)\]/.exec(rule?.inputs.spec.groups[0].rules[0].expr)?.[1];
        };
        expect(await held({})).to.equal("6h");
        expect(await held({ schedule: "*/10 * * * *" })).to.equal("4h");
        expect(await held({ schedule: "*/5 * * * *" })).to.equal("2h");
        expect(await held({ blobs: "all" })).to.equal(undefined);
    });
});
