import { appendFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { PushedHost } from "../../../support/pushedHost.js";

const hooks = (bodies: Readonly<Record<string, string>>) =>
    ["validate", "apply", "verify", "retire"]
        .map((name) => `${name}() {\n    :\n    ${bodies[name] ?? ":"}\n}\n`)
        .join("");
/** Remembers which actions were asked for. */
const remember = 'changed_actions | tr "\\n" " " >> "$HOST/applied"; echo >> "$HOST/applied"';

describe("a push of files to a host", function () {
    this.timeout(20_000);
    let host: PushedHost;
    beforeEach(() => {
        host = new PushedHost();
    });
    afterEach(() => host.remove());
    const applied = () => {
        const file = join(host.directory, "applied");
        return existsSync(file)
            ? readFileSync(file, "utf8")
                  .split("\n")
                  .slice(0, -1)
                  .map((line) => line.trim())
            : [];
    };

    it("puts files in place with mode and owner, and asks for what they need", async () => {
        const files = { "a/one": { content: "1\n", mode: "0600", action: "restart:a" }, two: { content: "2\n" } };
        const { code, output } = await host.run(host.program(files, { hooks: hooks({ apply: remember }) }));
        expect(code, output).to.equal(0);
        expect(host.read("a/one")).to.equal("1\n");
        expect(host.mode("a/one")).to.equal("600");
        expect(applied()).to.deep.equal(["none restart:a"]);
        expect(output)
            .to.contain(`new: ${host.path("a/one")} (restart:a)`)
            .and.contain("2 changed");
    });

    it("touches only what differs, in content or mode", async () => {
        const program = host.program(
            { same: "s\n", text: { content: "t\n", action: "x" }, mode: { content: "m\n", action: "y" } },
            { hooks: hooks({ apply: remember }) },
        );
        await host.run(program);
        host.put("text", "edited\n");
        host.put("mode", "m\n", 0o666);
        await host.run(program);
        expect(applied()).to.deep.equal(["none x y", "x y"]);
        expect([host.read("text"), host.mode("mode")]).to.deep.equal(["t\n", "644"]);
        const { output } = await host.run(program);
        expect(output).to.contain("0 changed");
        expect(applied().at(-1)).to.equal("");
    });

    it("removes what is no longer declared, and nothing else", async () => {
        await host.run(host.program({ kept: "k\n", dropped: "d\n" }));
        host.put("stray", "somebody's\n");
        const { output } = await host.run(host.program({ kept: "k\n" }));
        expect(output).to.contain(`gone: ${host.path("dropped")}`);
        expect([host.read("kept"), host.read("dropped"), host.read("stray")]).to.deep.equal([
            "k\n",
            undefined,
            "somebody's\n",
        ]);
    });

    it("touches nothing when the new files are refused", async () => {
        await host.run(host.program({ file: "old\n" }));
        const refusing = hooks({ validate: `grep -q old "$staged${host.path("file")}"`, apply: remember });
        const { code, output } = await host.run(host.program({ file: "new\n" }, { hooks: refusing }));
        expect(code).to.equal(1);
        expect(output).to.contain("refused; nothing was changed");
        expect(host.read("file")).to.equal("old\n");
        expect(applied()).to.deep.equal([]);
    });

    for (const hook of ["apply", "verify"]) {
        it(`puts back what was there, and lets it be applied, when ${hook} fails`, async () => {
            await host.run(host.program({ file: "old\n", dropped: "d\n" }));
            const failing = `if grep -q new "${host.path("file")}"; then echo "the reason" >&2; false; echo unreached; fi`;
            const bodies = { apply: remember, [hook]: `${hook === "apply" ? remember : ":"}; ${failing}` };
            const files = { file: { content: "new\n", action: "reload" }, added: "a\n" };
            const { code, output } = await host.run(host.program(files, { hooks: hooks(bodies) }));
            expect(code).to.equal(1);
            expect(output)
                .to.contain("the reason")
                .and.contain("the previous files are back")
                .and.not.contain("unreached");
            expect([host.read("file"), host.read("added"), host.read("dropped")]).to.deep.equal([
                "old\n",
                undefined,
                "d\n",
            ]);
            expect(applied()).to.deep.equal(["none reload", "none reload"]);
            // Nothing is left of it: the next push begins anew.
            expect(existsSync(host.path(".push/pending"))).to.equal(false);
        });
    }

    for (const hook of ["apply", "verify"]) {
        it(`says that nothing is left where there was nothing before, when ${hook} of the first push fails`, async () => {
            const failing = `[ ! -f "${host.path("file")}" ]`;
            const { code, output } = await host.run(
                host.program({ file: "new\n" }, { hooks: hooks({ [hook]: failing }) }),
            );
            expect(code).to.equal(1);
            expect(output)
                .to.contain("nothing was here before: its files are removed again, and nothing runs with them")
                .and.not.contain("previous files");
            expect(host.read("file")).to.equal(undefined);
        });
    }

    it("says that the previous files are back where a push only added some", async () => {
        await host.run(host.program({ file: "old\n" }));
        const failing = hooks({ verify: `[ ! -f "${host.path("added")}" ]` });
        const { output } = await host.run(host.program({ file: "old\n", added: "a\n" }, { hooks: failing }));
        expect(output).to.contain("the previous files are back");
    });

    it("stops at the first error inside of a hook", async () => {
        const bodies = { apply: "false; touch $HOST/unreached" };
        expect((await host.run(host.program({ file: "f\n" }, { hooks: hooks(bodies) }))).code).to.equal(1);
        expect(existsSync(join(host.directory, "unreached"))).to.equal(false);
    });

    it("goes on where a killed push had put files in place, and still knows what was there before", async () => {
        await host.run(host.program({ file: "old\n" }));
        const files = { file: { content: "new\n", action: "restart" } };
        const slow = hooks({ apply: 'echo applying; sleep 30; touch "$HOST/late"' });
        const killed = await host.run(host.program(files, { hooks: slow }), {}, (output, pid) => {
            if (output.includes("applying")) process.kill(-pid, "SIGKILL");
        });
        expect(killed.code).to.equal(null);
        expect(host.read("file")).to.equal("new\n");
        const next = await host.run(host.program(files, { hooks: hooks({ apply: remember }) }));
        expect(next.code, next.output).to.equal(0);
        expect(next.output).to.contain("going on where an interrupted push ended");
        expect(applied()).to.deep.equal(["restart"]);
    });

    it("puts back what was there before a killed push when its files turn out bad", async () => {
        await host.run(host.program({ file: "old\n" }));
        const files = { file: "new\n" };
        await host.run(
            host.program(files, { hooks: hooks({ apply: "echo applying; sleep 30" }) }),
            {},
            (output, pid) => {
                if (output.includes("applying")) process.kill(-pid, "SIGKILL");
            },
        );
        const { code } = await host.run(host.program(files, { hooks: hooks({ verify: "false" }) }));
        expect(code).to.equal(1);
        expect(host.read("file")).to.equal("old\n");
    });

    it("refuses a second push at the same time, by name of the first", async () => {
        let second: Promise<{ code: number | null; output: string }> | undefined;
        const slow = hooks({ apply: 'echo applying; while [ ! -e "$HOST/go" ]; do sleep 0.05; done' });
        const first = await host.run(host.program({ file: "1\n" }, { hooks: slow }), {}, (output) => {
            if (!output.includes("applying") || second) return;
            second = host.run(host.program({ file: "2\n" }), { env: { LOCK_SECONDS: "0" } });
            second.then(() => appendFileSync(join(host.directory, "go"), ""));
        });
        const refused = await second;
        expect(refused?.code).to.equal(1);
        expect(refused?.output).to.match(/another push is under way on this host: process \d+ since /);
        expect(first.code).to.equal(0);
        expect(host.read("file")).to.equal("1\n");
    });

    it("does nothing at all when its text did not arrive whole", async () => {
        const program = host.program({ file: "new\n" }, { hooks: hooks({}) });
        for (const share of [0.01, 0.2, 0.5, 0.9, 0.999]) {
            await host.run(program.slice(0, Math.floor(program.length * share)));
        }
        expect(host.read("file")).to.equal(undefined);
        expect(existsSync(host.path(".push/plan"))).to.equal(false);
    });

    it("hands secrets to hooks without leaving them behind", async () => {
        const bodies = { verify: '[ "$(secret password)" = "p\'s \\$ecret" ]' };
        const { code, output } = await host.run(
            host.program({ file: "f\n" }, { hooks: hooks(bodies), secrets: { password: "p's $ecret" } }),
        );
        expect(code, output).to.equal(0);
        expect(existsSync(host.path(".push/staged"))).to.equal(false);
        expect(output).to.not.contain("$ecret");
    });

    it("takes its files away again, and nothing else", async () => {
        const program = host.program({ file: "f\n" }, { hooks: hooks({ retire: 'echo retired >> "$HOST/applied"' }) });
        await host.run(program);
        host.put("data/blob", "precious\n");
        expect((await host.run(program, { action: "work-remove" })).code).to.equal(0);
        expect([host.read("file"), host.read("data/blob")]).to.deep.equal([undefined, "precious\n"]);
        expect(applied()).to.deep.equal(["retired"]);
        expect(existsSync(host.path(".push"))).to.equal(false);
        rmSync(host.root, { recursive: true });
    });
});
