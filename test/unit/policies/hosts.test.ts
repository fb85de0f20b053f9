import { expect } from "chai";
import { commandSecret } from "../../../policies/checks/commandSecret.js";
import { sshHostKey } from "../../../policies/checks/sshHostKey.js";
import { unknownYet } from "../../../policies/lib/resource.js";
import { messages, resource } from "../../support/policies.js";

describe("ssh-host-key-is-pinned", () => {
    const remote = (connection: object, type = "command:remote:Command") =>
        resource(type, { connection: { host: "10.0.20.10", ...connection } });
    it("takes a pinned key, on every hop", () => {
        expect(messages(sshHostKey, remote({ hostKey: "ssh-ed25519 AAAA" }))).to.deep.equal([]);
        expect(messages(sshHostKey, remote({ hostKey: unknownYet }))).to.deep.equal([]);
        expect(messages(sshHostKey, remote({ hostKey: "k", proxy: { host: "jump", hostKey: "k" } }))).to.deep.equal([]);
        expect(messages(sshHostKey, resource("command:local:Command", { create: "true" }))).to.deep.equal([]);
    });
    it("stops a connection or a hop without one, whatever is sent over it", () => {
        expect(messages(sshHostKey, remote({}))).to.deep.equal(["connection.hostKey is not set"]);
        expect(messages(sshHostKey, remote({}, "command:remote:CopyToRemote"))).to.have.length(1);
        expect(messages(sshHostKey, remote({}, "host:index:Files"))).to.have.length(1);
        expect(messages(sshHostKey, remote({ hostKey: "k", proxy: { host: "jump" } }))).to.deep.equal([
            "connection.proxy.hostKey is not set",
        ]);
    });
});

describe("command-holds-no-secret", () => {
    const command = (properties: Record<string, string>, secrets: string[] = []) =>
        messages(commandSecret, resource("command:remote:Command", properties, secrets));
    it("takes a secret on standard input", () => {
        expect(command({ create: "install -m 600 /dev/stdin /etc/x", stdin: "hunter22" }, ["stdin"])).to.deep.equal([]);
    });
    it("stops a command that is made with a secret, in every property that is run", () => {
        for (const key of ["create", "update", "delete"])
            expect(command({ [key]: "echo x" }, [key])).to.deep.equal([`${key} is made with a secret`]);
    });
    it("stops one that repeats a secret of the same resource, or holds a known kind of credential", () => {
        expect(command({ create: "login -p hunter22", stdin: "hunter22\n" }, ["stdin"])).to.have.length(1);
        expect(command({ create: `curl -H "X: ghp_${"a".repeat(36)}"` })).to.have.length(1);
        expect(command({ create: "git clone https://bot:hunter22@git.example.org/x" })).to.have.length(1);
    });
});
