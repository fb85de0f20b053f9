import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { findExecutable } from "../../../sandbox/lib/run.js";
import { environment } from "../../support/servers.js";
import { waitFor } from "../../support/waitFor.js";

describe("the enclosure of the sandbox's node", function () {
    this.timeout(30_000);
    let directory: string;
    let enclosure: ChildProcess | undefined;
    before(function () {
        if (process.getuid?.() !== 0) this.skip(); // namespaces need root
    });
    beforeEach(() => {
        directory = mkdtempSync(join(tmpdir(), "enclose-"));
    });
    afterEach(async () => {
        if (enclosure?.exitCode === null) {
            enclosure.kill("SIGTERM");
            await once(enclosure, "exit");
        }
        rmSync(directory, { recursive: true });
    });

    const starts = () => join(directory, "starts");
    /** A program that ends twice and then stays, as kubelet does until containerd is ready. */
    function enclose(again: number) {
        const script = `echo >> '${starts()}'; [ "$(wc -l < '${starts()}')" -gt 2 ] || exit 3; touch '${starts()}.done'; sleep 60`;
        const program = { name: "flaky", command: "/bin/sh", args: ["-c", script], env: [], again };
        const plan = { binds: [], processes: [{ ...program, log: join(directory, "log") }] };
        writeFileSync(join(directory, "plan.json"), JSON.stringify(plan));
        const command = findExecutable("enclose", environment("PATH"));
        if (!command) throw new Error("enclose is not on the PATH");
        enclosure = spawn(command, [join(directory, "plan.json")], { stdio: ["ignore", "ignore", "pipe"] });
        let said = "";
        enclosure.stderr?.on("data", (chunk: Buffer) => {
            said += chunk.toString();
        });
        return { ended: once(enclosure, "exit"), said: () => said };
    }

    it("starts again what ends by itself, as often as it may", async () => {
        enclose(2);
        await waitFor("the third start", async () => expect(existsSync(`${starts()}.done`)).to.equal(true));
        expect(enclosure?.exitCode).to.equal(null);
    });

    it("ends with it after that, and names it", async () => {
        const { ended, said } = enclose(1);
        expect(await ended).to.deep.equal([1, null]);
        expect(said()).to.include("flaky ended with status 3");
        expect(readFileSync(starts(), "utf8")).to.have.lengthOf(2);
    });
});
