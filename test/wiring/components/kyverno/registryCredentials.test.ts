import { expect } from "chai";
import { credentialSync } from "../../../../config/credentialSync.js";
import { type Made, register } from "../../../support/mocks.js";

const registries = [
    {
        hosts: ["registry.example.org"],
        username: { path: "ci/registry", key: "username" },
        password: { path: "ci/registry", key: "password" },
    },
];

/** As the mocks call the stack. */
const annotations = { "cicd/kept-by": "test" };

describe("RegistryCredentials", () => {
    async function declare(block: object = {}): Promise<Made[]> {
        return register(async () => {
            const pulumi = await import("@pulumi/pulumi");
            const { RegistryCredentials } = await import("../../../../components/kyverno/registryCredentials.js");
            new RegistryCredentials("spread", {
                sync: credentialSync.parse({ registries, ...block }),
                credentials: { value: ({ key }) => pulumi.secret(`the ${key}`) },
            });
        });
    }
    const of = (made: readonly Made[], kind: string) => made.filter(({ type }) => type.endsWith(`:${kind}`));

    it("marks what stays after a destroy as this stack's, and keeps the credential secret on its way into the source", async () => {
        const made = await declare();
        const [secret] = of(made, "Secret");
        expect(secret?.inputs).to.deep.include({
            type: "kubernetes.io/dockerconfigjson",
            metadata: { name: "registry-credentials", namespace: "registry-credentials", annotations },
        });
        const { auths } = JSON.parse(secret?.inputs.stringData[".dockerconfigjson"]);
        expect(auths["registry.example.org"]).to.include({ username: "the username", password: "the password" });
        expect(secret?.secrets).to.deep.equal(["stringData"]);
        expect(of(made, "Namespace")[0]?.inputs.metadata).to.deep.equal({ name: "registry-credentials", annotations });
    });

    it("declares the policy in the interface that is configured, and rights for each controller", async () => {
        for (const api of ["ClusterPolicy", "GeneratingPolicy"] as const) {
            const made = await declare({ api });
            const policies = [...of(made, "ClusterPolicy"), ...of(made, "GeneratingPolicy")];
            expect(policies.map(({ inputs }) => [inputs.kind, inputs.metadata.name])).to.deep.equal([
                [api, "sync-registry-credentials"],
            ]);
            expect(of(made, "ClusterRole").map(({ inputs }) => inputs.metadata.name)).to.have.members([
                "sync-registry-credentials-background",
                "sync-registry-credentials-admission",
            ]);
        }
    });
});
