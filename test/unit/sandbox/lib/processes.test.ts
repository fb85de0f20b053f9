import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect } from "chai";
import {
    end,
    identify,
    isAlive,
    parseListeners,
    parseStat,
    withDescendants,
} from "../../../../sandbox/lib/processes.js";

describe("what Linux says about a process", () => {
    it("is read right when the program's name holds blanks and parentheses", () => {
        const tail = Array.from({ length: 40 }, (_, index) => String(index + 5)).join(" ");
        expect(parseStat(`4711 (a) b (c)) S 1 4711 4711 ${tail}`)).to.include({
            state: "S",
            parent: 1,
            session: 4711,
            // Field 22 of proc(5).
            startTime: 20,
        });
    });

    it("shows which sockets listen, and on which port", () => {
        const text = [
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
            "   0: 0100007F:4718 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1",
            "   1: 0100007F:4718 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 12346 1",
        ].join("\n");
        expect([...parseListeners(text)]).to.deep.equal([["12345", 0x4718]]);
    });
});

describe("a process that was started earlier", () => {
    it("is told from another one that got its pid", () => {
        const self = identify(process.pid);
        if (self === undefined) throw new Error("this process does not find itself");
        expect(isAlive(self)).to.equal(true);
        expect(isAlive({ ...self, startTime: self.startTime - 1 })).to.equal(false);
        expect(isAlive({ ...self, bootId: "another boot" })).to.equal(false);
    });

    it("is ended with all that it started, also when it does not listen to TERM", async () => {
        const child = spawn("sh", ["-c", "trap '' TERM; sleep 60 & echo ready; wait; wait"], {
            detached: true,
            stdio: ["ignore", "pipe", "ignore"],
        });
        await once(child.stdout, "data");
        const pids = withDescendants([child.pid ?? 0]);
        const all = pids.map(identify).filter((found) => found !== undefined);
        expect(all).to.have.length(2);
        await end(all, 100);
        expect(all.filter(isAlive)).to.deep.equal([]);
    });
});
