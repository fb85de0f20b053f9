import { expect } from "chai";
import { isDiskFull, UserError } from "../../../../sandbox/lib/errors.js";

describe("a disk that is full", () => {
    it("is told by our own writes, and by the end of a server's log", () => {
        expect(isDiskFull(new Error("ENOSPC: no space left on device, write"))).to.equal(true);
        expect(isDiskFull(new UserError("etcd has ended.", "panic: write wal: No space left on device"))).to.equal(
            true,
        );
        expect(isDiskFull(new Error("EACCES: permission denied"))).to.equal(false);
    });
});
