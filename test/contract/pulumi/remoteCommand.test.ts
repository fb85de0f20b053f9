import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { locate } from "../../../sandbox/lib/places.js";
import { rememberedPorts } from "../../../sandbox/lib/ports.js";
import { sshdFiles } from "../../../sandbox/parts/sshd.js";
import { Engine } from "./engine.js";

const password = "planted-remote-password";

describe("command plugin, over ssh", function () {
    this.timeout(180_000);
    const directory = mkdtempSync(join(tmpdir(), "remote-command-"));
    const file = (name: string) => join(directory, name);
    const engines: Engine[] = [];
    after(async () => {
        for (const engine of engines) await engine.stop();
        rmSync(directory, { recursive: true });
    });

    async function start(program: () => Promise<Record<string, unknown> | undefined>): Promise<Engine> {
        const engine = await Engine.start(program as pulumi.automation.PulumiFn);
        engines.push(engine);
        return engine;
    }

    describe("Command", () => {
        it("runs create and delete on the host, with stdin and what the server accepts of the environment", async () => {
            const engine = await start(async () => {
                const { stdout } = new command.remote.Command("remote", {
                    connection: connection(),
                    create: `cat > ${file("stdin")}; echo "$DEPLOY_GREETING to $SSH_CONNECTION" | cut -d" " -f1-3`,
                    delete: `echo gone > ${file("deleted")}`,
                    stdin: pulumi.secret(password),
                    environment: { DEPLOY_GREETING: "hello" },
                });
                return { stdout };
            });
            const { exitCode, outputs, text } = await engine.up();
            expect(exitCode, text).to.equal(0);
            expect(outputs.stdout).to.equal("hello to 127.0.0.1");
            expect(readFileSync(file("stdin"), "utf8")).to.equal(password);
            expect(engine.stored).to.not.include(password);
            expect((await engine.destroy()).exitCode).to.equal(0);
            expect(readFileSync(file("deleted"), "utf8")).to.equal("gone\n");
        });

        it("runs update instead of create, and tells it what create had printed", async () => {
            const program = (greeting: string) => async () => {
                const { stdout } = new command.remote.Command("remote", {
                    connection: connection(),
                    create: "echo first",
                    update: 'echo "after $PULUMI_COMMAND_STDOUT"',
                    environment: { DEPLOY_GREETING: greeting },
                });
                return { stdout };
            };
            const engine = await start(program("hello"));
            await engine.up();
            engine.program = program("ahoy");
            const { changes, outputs, text } = await engine.up();
            expect(changes, text).to.deep.equal({ remote: "update" });
            expect(outputs.stdout).to.equal("after first");
        });

        it("fails with the command's exit status and output, and runs nothing on a host with another key", async () => {
            const engine = await start(async () => {
                new command.remote.Command("failing", {
                    connection: connection(),
                    create: "echo the reason >&2; exit 3",
                });
                new command.remote.Command("foreign", {
                    connection: { ...connection(), hostKey: otherKey, dialErrorLimit: 1 },
                    create: `touch ${file("foreign")}`,
                });
                return undefined;
            });
            const { exitCode, text } = await engine.up();
            expect(exitCode).to.not.equal(0);
            expect(text)
                .to.match(/exit(ed with)? status 3/)
                .and.include("the reason");
            expect(existsSync(file("foreign"))).to.equal(false);
        });
    });

    describe("CopyToRemote", () => {
        it("writes the file, again when its content changes, and leaves it where it is in the end", async () => {
            const program = (content: string) => async () => {
                new command.remote.CopyToRemote("copy", {
                    connection: connection(),
                    source: new pulumi.asset.StringAsset(content),
                    remotePath: file("copied"),
                });
                return undefined;
            };
            const engine = await start(program("one\n"));
            const { exitCode, text } = await engine.up();
            expect(exitCode, text).to.equal(0);
            expect(readFileSync(file("copied"), "utf8")).to.equal("one\n");
            expect((await engine.up()).changes).to.deep.equal({});
            engine.program = program("two\n");
            expect((await engine.up()).changes).to.deep.equal({ copy: "update" });
            expect(readFileSync(file("copied"), "utf8")).to.equal("two\n");
            rmSync(file("copied"));
            expect((await engine.drift()).exitCode, "a deleted file is not seen").to.equal(0);
        });
    });
});

/** A key that no host has. */
const otherKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

/** The sandbox's sshd. */
function connection() {
    const places = locate();
    const own = (name: string) => readFileSync(join(places.state, "sshd", name), "utf8");
    return {
        host: "127.0.0.1",
        port: rememberedPorts(places.state).sshd,
        user: userInfo().username,
        privateKey: pulumi.secret(own(sshdFiles.identity)),
        hostKey: own(`${sshdFiles.hostKey}.pub`).split(" ").slice(0, 2).join(" "),
    };
}
