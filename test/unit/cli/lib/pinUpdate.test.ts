import { chmodSync, lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { expect } from "chai";
import { PinWorld } from "../../../support/pinWorld.js";
import { waitFor } from "../../../support/waitFor.js";

const ctrlC = "\u0003";
const ctrlD = "\u0004";

describe("a roll", function () {
    this.timeout(60_000);
    let world: PinWorld;
    let original: string;
    beforeEach(() => {
        world = new PinWorld();
        original = world.text;
    });
    afterEach(() => world.close());

    /** A roll on a terminal, at its question. @param redirection what a shell does with its output */
    async function asked(redirection = "") {
        // The shell around it outlives what the terminal sends to everybody on it.
        const terminal = world.onTerminal(`( trap : INT HUP; ${world.roll}; echo $? > code ) ${redirection}`);
        await waitFor("the question", () => expect(terminal.said + world.noted("log")).contain("[y/N]"));
        expect(world.text).contain('sha: "0123abcd"');
        return terminal;
    }
    const expectUndone = (said: string, words: string) => {
        expect(said).contain(words);
        expect(world.text).equal(original);
        expect(world.noted("code")).equal("1\n");
        expect(world.noted("bin/calls")).match(/^preview [^\n]*\n$/);
    };

    const unanswered = "There was no answer; nothing was changed.";
    for (const [key, keys, where, redirection, words] of [
        ["Ctrl-C", ctrlC, "on a terminal", "", unanswered],
        ["Ctrl-D", ctrlD, "on a terminal", "", unanswered],
        ["Ctrl-D", ctrlD, "where its words go through a pipe", "2>&1 | tee log", unanswered],
        // It ends tee as well, so nobody reads that.
        ["Ctrl-C", ctrlC, "where its words go through a pipe", "2>&1 | tee log", ""],
        ["Ctrl-C", ctrlC, "where its words go to a file", "2> log", "ended by SIGINT; the stack file is as it was"],
    ] as const) {
        it(`puts the stack file back at ${key} ${where}`, async () => {
            const terminal = await asked(redirection);
            terminal.type(keys);
            await terminal.ended;
            await waitFor("its end", () => expect(world.noted("code")).not.equal(""));
            expectUndone(terminal.said + world.noted("log"), words);
        });
    }

    for (const signal of ["SIGHUP", "SIGTERM"] as const) {
        it(`puts the stack file back at ${signal} while it asks`, async () => {
            const terminal = await asked();
            process.kill(Number(world.noted("bin/caller")), signal);
            await terminal.ended;
            expectUndone(terminal.said, `cicd: ended by ${signal}; the stack file is as it was`);
        });
    }

    it("waits for a preview that goes on at a signal, and does not ask then", async () => {
        const release = world.hold("preview");
        const terminal = world.onTerminal(`${world.roll}; echo $? > code`);
        await waitFor("the preview", () => expect(world.noted("bin/calls")).match(/\n/));
        process.kill(Number(world.noted("bin/caller")), "SIGTERM");
        await waitFor("a word of it", () => expect(terminal.said).contain("waiting for pulumi to end"));
        release();
        await terminal.ended;
        expectUndone(terminal.said, "Ended by SIGTERM; the stack file is as it was.");
        expect(terminal.said).not.contain("[y/N]");
    });

    it("keeps the pin when the update succeeds, and puts the file back when it does not", async () => {
        for (const code of [1, 0]) {
            world.end("up", code);
            const terminal = await asked();
            terminal.type("y\n");
            await terminal.ended;
            expect(world.noted("code"), terminal.said).equal(`${code}\n`);
            expect(world.noted("bin/about"), "what the program is told").match(/^(website\n)+$/);
            if (code === 1) expect(world.text).equal(original);
            else expect(world.text).contain('sha: "0123abcd"');
        }
    });

    it("writes to the file that a link names, and leaves it the rights it had", async () => {
        const real = world.moveBehindLink();
        // More than what a usual umask leaves.
        chmodSync(real, 0o664);
        const terminal = await asked();
        const expectKept = () => {
            expect(lstatSync(world.file).isSymbolicLink()).equal(true);
            expect(statSync(real).mode & 0o777).equal(0o664);
        };
        expectKept();
        expect(readFileSync(real, "utf8")).contain('sha: "0123abcd"');
        terminal.type("n\n");
        await terminal.ended;
        expectKept();
        expect(readFileSync(real, "utf8")).equal(original);
        expect(readdirSync(dirname(real)), "no other file is left").deep.equal(["stack.yaml"]);
    });
});
