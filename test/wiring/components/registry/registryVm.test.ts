import { expect } from "chai";
import { register } from "../../../support/mocks.js";
import { hostKey, registryImages, registrySettings } from "../../../support/registrySettings.js";

describe("RegistryVm", () => {
    it("looks at files and containers, and pushes them with secrets on stdin alone", async () => {
        const made = await register(
            async () => {
                const pulumi = await import("@pulumi/pulumi");
                const { RegistryVm } = await import("../../../../components/registry/registryVm.js");
                new RegistryVm("registry", {
                    registry: registrySettings(),
                    images: registryImages,
                    credentials: { value: ({ key }) => pulumi.secret(`the-${key}`) },
                    adopt: true,
                });
            },
            { outputs: { "host:index:Files": { revision: 1 }, "command:remote:Command": { stdout: "" } } },
        );
        const [found] = made.filter(({ type }) => type === "host:index:Files");
        const [push] = made.filter(({ type }) => type === "command:remote:Command");
        expect(found?.inputs.connection).to.include({ host: "10.0.20.10", hostKey, privateKey: "the-ssh" });
        expect(found?.inputs).to.include({ root: "/opt/registry", adopt: true });
        expect(Object.keys(found?.inputs.files)).to.include("/opt/registry/private/htpasswd");
        expect(found?.inputs.items.nginx).to.equal(`running ${registryImages.nginx}`);
        // Their hashes are for everybody to see, their contents for nobody.
        expect(found?.secrets).to.deep.equal(["connection"]);
        expect(push?.secrets).to.have.members(["connection", "stdin"]);
        expect(JSON.stringify([push?.inputs.create, push?.inputs.delete])).to.not.contain("the-");
        expect(push?.inputs.stdin).to.contain("check_private").and.contain("host_secrets");
    });
});
