import { expect } from "chai";
import { statusText } from "../../../../sandbox/commands/status.js";

describe("the status of the sandbox", () => {
    it("says of each part whether it is real and where it came from, and of each process what it takes", () => {
        const text = statusText({
            parts: [
                { name: "registry", origin: { kind: "real", version: "2.8.3", from: "the Go module proxy" } },
                { name: "slack", origin: { kind: "double", version: "", from: "" } },
                { name: "etcd" },
            ],
            processes: [
                { name: "registry", running: true, pid: 42, ports: [18500], memory: 3 * 2 ** 20 },
                { name: "slack", running: false, pid: 43, ports: [], memory: 0 },
            ],
        });
        expect(text.split("\n")).to.deep.equal([
            "PART      IS",
            "registry  real 2.8.3 (from the Go module proxy)",
            "slack     double",
            "etcd      not installed yet",
            "",
            "PROCESS   STATE  PID  PORTS  MEMORY",
            "registry  up     42   18500  3 MiB",
            "slack     ended",
            "",
            "1 of 2 processes up, 3 MiB",
            "",
        ]);
    });
});
