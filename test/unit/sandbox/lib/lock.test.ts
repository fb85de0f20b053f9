import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { tryLock, withLock } from "../../../../sandbox/lib/lock.js";
import { identify } from "../../../../sandbox/lib/processes.js";

describe("the lock of a checkout", () => {
    let directory: string;
    let path: string;
    beforeEach(() => {
        directory = mkdtempSync(join(tmpdir(), "lock-"));
        path = join(directory, "lock");
    });
    afterEach(() => rmSync(directory, { recursive: true }));

    it("is given to one, and says who holds it and what for", () => {
        const first = tryLock(path, "up");
        expect(first).to.have.property("release");
        expect(tryLock(path, "down")).to.deep.nested.include({ "holder.pid": process.pid, "holder.purpose": "up" });
        if ("release" in first) first.release();
        expect(tryLock(path, "down")).to.have.property("release");
    });

    it("is taken over from a process that is no more, and from a file that was cut off", () => {
        const { pid } = spawnSync("true");
        writeFileSync(path, JSON.stringify({ ...identify(process.pid), pid, purpose: "up" }));
        const taken = tryLock(path, "up");
        expect(taken).to.have.property("release");
        if ("release" in taken) taken.release();
        writeFileSync(path, '{"pid": 12');
        expect(tryLock(path, "up")).to.have.property("release");
    });

    it("lets those who wait in one after the other", async () => {
        const order: string[] = [];
        const work = (name: string) =>
            withLock(path, name, async () => {
                order.push(`${name} in`);
                await new Promise((resolve) => setImmediate(resolve));
                order.push(`${name} out`);
            });
        await Promise.all([work("a"), work("b")]);
        expect(order).to.have.length(4);
        expect(order[1]?.slice(0, 1)).to.equal(order[0]?.slice(0, 1));
        expect(order[3]?.slice(0, 1)).to.equal(order[2]?.slice(0, 1));
    });
});
