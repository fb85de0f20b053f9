import { expect } from "chai";
import { register } from "../../../support/mocks.js";

const hostKey = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA${"I".padEnd(44, "A")}`;

describe("HostFiles", () => {
    const declare = (user: string) =>
        register(
            async () => {
                const pulumi = await import("@pulumi/pulumi");
                const { HostFiles } = await import("../../../../components/host/hostFiles.js");
                new HostFiles("node-a", {
                    connection: { host: "10.0.0.1", user, hostKey, privateKey: "the private key" },
                    root: "/etc/x",
                    files: pulumi.secret([{ path: "/etc/x/f", content: "the content" }]),
                    secrets: { password: "the password" },
                    adopt: false,
                });
            },
            { outputs: { "host:index:Files": { revision: 7 }, "command:remote:Command": { stdout: "done" } } },
        );

    it("looks and pushes with the same pinned key, contents by stdin only", async () => {
        const made = await declare("root");
        const [found] = made.filter(({ type }) => type === "host:index:Files");
        const [push] = made.filter(({ type }) => type === "command:remote:Command");
        expect(found?.inputs.connection.hostKey).to.equal(hostKey);
        expect(push?.inputs.connection.hostKey).to.equal(hostKey);
        expect(Object.keys(found?.inputs.files)).to.deep.equal(["/etc/x/f"]);
        expect(found?.secrets).to.deep.equal(["connection"]);
        expect(push?.secrets).to.have.members(["connection", "stdin"]);
        expect(push?.inputs.stdin).to.contain("# push 7").and.contain(Buffer.from("the content").toString("base64"));
        for (const text of [push?.inputs.create, push?.inputs.delete]) {
            expect(text)
                .to.match(/^umask 077;.* sh "\$d\/push" (push|remove)$/)
                .and.not.contain("the ");
        }
        expect(push?.inputs)
            .to.include({ addPreviousOutputInEnv: false })
            .and.not.have.any.keys("environment", "triggers");
    });

    it("asks for root's rights where it logs in as somebody else", async () => {
        const [push] = (await declare("deploy")).filter(({ type }) => type === "command:remote:Command");
        expect(push?.inputs.create).to.contain('sudo -n sh "$d/push" push');
    });
});
