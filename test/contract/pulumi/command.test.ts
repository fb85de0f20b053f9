import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { endsWith } from "../../support/outcome.js";
import { Engine } from "./engine.js";

const password = "planted-password";

describe("command plugin", function () {
    this.timeout(180_000);
    const directory = mkdtempSync(join(tmpdir(), "command-"));
    const file = join(directory, "file");
    const journal = join(directory, "journal");

    const program =
        (args: Partial<command.local.CommandArgs> = {}) =>
        async () => {
            const { stdout } = new command.local.Command("command", {
                create: `cat > ${file}; echo create >> ${journal}; echo "$GREETING"`,
                delete: `echo delete >> ${journal}`,
                stdin: pulumi.secret(password),
                environment: { GREETING: "hello" },
                ...args,
            });
            return { stdout };
        };
    const events = () => (existsSync(journal) ? readFileSync(journal, "utf8").trim().split("\n") : []);

    let engine: Engine;
    before(async () => {
        engine = await Engine.start(program());
    });
    after(async () => {
        await engine.stop();
        expect(events().at(-1)).to.equal("delete");
        rmSync(directory, { recursive: true });
    });

    it("does not run in a preview", async () => {
        await endsWith(7, engine.preview());
        expect(events()).to.deep.equal([]);
    });

    it("runs create once, with stdin and environment, and keeps the secret out of the state", async () => {
        const { exitCode, outputs, text } = await engine.up();
        expect(exitCode, text).to.equal(0);
        expect(outputs.stdout).to.equal("hello");
        expect(readFileSync(file, "utf8")).to.equal(password);
        expect((await engine.up()).changes).to.deep.equal({});
        expect(events()).to.deep.equal(["create"]);
        expect(engine.stored).to.not.include(password);
    });

    it("sees nothing of what happens to its result", async () => {
        appendFileSync(file, "edited");
        await endsWith(0, engine.drift());
    });

    it("runs create again for other inputs, or update where there is one", async () => {
        engine.program = program({ environment: { GREETING: "ahoy" } });
        const { changes, outputs } = await engine.up();
        expect(changes).to.deep.equal({ command: "update" });
        expect(outputs.stdout).to.equal("ahoy");
        engine.program = program({ update: `echo update >> ${journal}` });
        await engine.up();
        expect(events()).to.deep.equal(["create", "create", "update"]);
    });

    it("replaces for other triggers, even where there is an update", async () => {
        const replacing = ["replace", "create-replacement", "delete-replaced"];
        engine.program = program({ triggers: ["1"] });
        await engine.up();
        for (const args of [{}, { update: "true" }]) {
            engine.program = program({ triggers: ["2"], ...args });
            expect((await engine.preview()).changes.command).to.be.oneOf(replacing);
        }
        engine.program = program({ triggers: ["1"] });
    });

    it("fails with the command's exit status and output", async () => {
        const other = await Engine.start(async () => {
            new command.local.Command("command", { create: "echo the reason >&2; exit 3" });
        });
        try {
            const { exitCode, text } = await other.up();
            expect(exitCode).to.not.equal(0);
            expect(text).to.include("exit status 3").and.include("the reason");
        } finally {
            await other.stop();
        }
    });

    it("runs local.run in previews, too", async () => {
        const other = await Engine.start(async () => ({
            stdout: command.local.runOutput({ command: `echo run >> ${journal}; echo out` }).stdout,
        }));
        try {
            const before = events().length;
            await other.preview();
            expect(events().length).to.equal(before + 1);
            expect((await other.up()).outputs.stdout).to.equal("out");
        } finally {
            await other.stop();
            appendFileSync(journal, "");
        }
    });
});
