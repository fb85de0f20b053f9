import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { locate } from "../../../../sandbox/lib/places.js";
import { claimPorts } from "../../../../sandbox/lib/portClaims.js";
import { choosePorts, defaultPorts, type Ports } from "../../../../sandbox/lib/ports.js";

const { root } = locate();

/** Every port is free: no server of any sandbox listens yet. */
function machine() {
    let next = 40_000;
    return {
        isFree: async () => true,
        anyFree: async () => {
            next += 1;
            return next;
        },
    };
}

describe("ports of several sandboxes on one machine", () => {
    let cache: string;
    let other: ChildProcess | undefined;
    const state = (name: string) => join(cache, name);
    const claim = (name: string) =>
        claimPorts({ cache, state: state(name) }, (claimed) => choosePorts({}, new Set(), claimed, machine()));
    const shared = (one: Ports, two: Ports) =>
        Object.values(one).filter((port) => (Object.values(two) as number[]).includes(port));

    beforeEach(() => {
        cache = mkdtempSync(join(tmpdir(), "ports-"));
    });
    afterEach(async () => {
        if (other?.exitCode === null) {
            other.kill("SIGKILL");
            await once(other, "exit");
        }
        other = undefined;
        rmSync(cache, { recursive: true });
    });

    it("have none in common, though both start at once and none listens yet", async () => {
        const [one, two] = await Promise.all([claim("one"), claim("two")]);
        expect(shared(one, two)).to.deep.equal([]);
    });

    it("stay the same for a sandbox that asks again", async () => {
        expect(await claim("one")).to.deep.equal(defaultPorts);
        expect(await claim("one")).to.deep.equal(defaultPorts);
    });

    it("are those of a sandbox that runs, though the command that started it has ended", async () => {
        await claimInAnotherProcess("one");
        const env = { ...process.env, CICD_SANDBOX_STATE: state("one") };
        other = spawn("sleep", ["300"], { env, stdio: "ignore" });
        await once(other, "spawn");
        expect(shared(defaultPorts, await claim("two"))).to.deep.equal([]);
    });

    it("are free again when nothing of the other runs", async () => {
        await claimInAnotherProcess("one");
        expect(await claim("two")).to.deep.equal(defaultPorts);
    });

    async function claimInAnotherProcess(name: string): Promise<void> {
        const places = JSON.stringify({ cache, state: state(name) });
        const program = `
            const { claimPorts } = require("./sandbox/lib/portClaims.ts");
            const { defaultPorts } = require("./sandbox/lib/ports.ts");
            void claimPorts(${places}, async () => defaultPorts);`;
        const command = spawn(process.execPath, ["--import", "tsx", "--eval", program], {
            cwd: root,
            stdio: "inherit",
        });
        expect(await once(command, "exit")).to.deep.equal([0, null]);
    }
});
