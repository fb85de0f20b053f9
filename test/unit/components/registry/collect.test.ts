import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { vmFiles, vmProbe } from "../../../../components/registry/vmFiles.js";
import { registryImages, registrySecrets, registrySettings } from "../../../support/registrySettings.js";
import { putProgram, runScript, type ShellResult } from "../../../support/shell.js";

describe("the collection of the private registry's waste", function () {
    this.timeout(20_000);
    let root: string;
    beforeEach(() => {
        root = mkdtempSync(join(tmpdir(), "collect-"));
        mkdirSync(join(root, ".push"));
        mkdirSync(join(root, "data/private/docker/registry/v2/repositories"), { recursive: true });
        putProgram(join(root, "fake"), "docker", `#!/bin/sh\necho "$*" >> '${root}/asked'\n`);
    });
    afterEach(() => rmSync(root, { recursive: true }));

    /** @returns where registry-collect is */
    function write(): string {
        const file = vmFiles(registrySettings({ root }), registryImages, registrySecrets).find(({ path }) =>
            path.endsWith("/registry-collect"),
        );
        const program = join(root, "program");
        writeFileSync(program, file?.content ?? "");
        return program;
    }
    /** Runs it with a docker that does nothing. */
    function collect(...args: string[]): Promise<ShellResult> {
        const env = { PATH: `${join(root, "fake")}:${process.env.PATH}` };
        return runScript("file", ["sh"], `sh '${write()}' ${args.join(" ")}`, env);
    }
    const asked = () => (existsSync(join(root, "asked")) ? readFileSync(join(root, "asked"), "utf8") : "");

    it("frees space while the registry refuses pushes, and makes it take them again", async () => {
        const { code, output } = await collect();
        expect(code, output).to.equal(0);
        const steps = asked().trimEnd().split("\n");
        expect(steps).to.have.lengthOf(3);
        expect(steps[0]).to.contain("read-only.yml");
        expect(steps[1]).to.contain("garbage-collect");
        expect(steps[2]).to.contain("--force-recreate private").and.not.contain("read-only.yml");
        expect(existsSync(join(root, ".push/read-only"))).to.equal(false);
    });

    it("touches nothing while it is held, says what holds it and how that ends, and fails", async () => {
        writeFileSync(join(root, "hold"), "");
        const { code, output } = await collect();
        expect(code).to.equal(75);
        expect(output).to.contain(`held by ${root}/hold`).and.contain(`rm ${root}/hold`);
        expect(asked()).to.equal("");
        rmSync(join(root, "hold"));
        expect((await collect()).code).to.equal(0);
    });

    /** Runs a script while another program of this machine has the lock. */
    const locked = (script: string) =>
        runScript("file", ["sh"], `exec 9>> '${root}/.push/lock'; flock 9; exec 8>&9 9>&-; ${script}`, {});

    it("leaves a collection that is under way alone when the registry is to take pushes again", async () => {
        writeFileSync(join(root, ".push/read-only"), "");
        const { code, output } = await locked(
            `LOCK_SECONDS=0 PATH='${join(root, "fake")}':$PATH sh '${write()}' --end`,
        );
        expect(code).to.equal(1);
        expect(output).to.contain("another push, clean-up or collection is under way");
        expect(asked()).to.equal("");
        expect(existsSync(join(root, ".push/read-only"))).to.equal(true);
    });

    it("is seen by a look where a loss of power left the registry refusing pushes, and not while it is under way", async () => {
        const look = vmProbe(registrySettings({ root, retention: { timers: "none" } }));
        const fake = { PATH: `${join(root, "fake")}:${process.env.PATH}` };
        const seen = async () => (await runScript("stdin", ["sh", "-s"], look, fake)).output;
        expect(await seen()).to.equal("pushes\ttaken\n");
        writeFileSync(join(root, ".push/read-only"), "");
        expect(await seen()).to.equal("pushes\trefused\n");
        const under = join(root, "look");
        writeFileSync(under, look);
        expect((await locked(`PATH='${fake.PATH}' sh '${under}'`)).output).to.equal("pushes\ttaken\n");
    });

    it("makes the registry take pushes again while it is held", async () => {
        writeFileSync(join(root, "hold"), "");
        writeFileSync(join(root, ".push/read-only"), "");
        const { code, output } = await collect("--end");
        expect(code, output).to.equal(0);
        expect(asked()).to.contain("--force-recreate private");
        expect(existsSync(join(root, ".push/read-only"))).to.equal(false);
    });
});
