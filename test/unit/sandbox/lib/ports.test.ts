import { expect } from "chai";
import { choosePorts, defaultPorts, type PortProbe } from "../../../../sandbox/lib/ports.js";

function machine(taken: readonly number[]): PortProbe {
    let next = 40_000;
    return {
        isFree: async (port) => !taken.includes(port),
        anyFree: async () => {
            next += 1;
            return next;
        },
    };
}

describe("the sandbox's ports", () => {
    it("are the ones that the committed stack file speaks of, on a machine where nothing is taken", async () => {
        expect(await choosePorts({}, new Set(), new Set(), machine([]))).to.deep.equal(defaultPorts);
    });

    it("give way to another program, and leave all others as they are", async () => {
        const ports = await choosePorts({}, new Set(), new Set(), machine([defaultPorts.vault]));
        expect(ports).to.deep.equal({ ...defaultPorts, vault: 40_001 });
    });

    it("stay what they were in the last run", async () => {
        const ports = await choosePorts({ vault: 40_777 }, new Set(), new Set(), machine([]));
        expect(ports.vault).to.equal(40_777);
    });

    it("stay when it is our own server that listens there", async () => {
        const ours = new Set([40_777]);
        const ports = await choosePorts({ vault: 40_777 }, ours, new Set(), machine([40_777]));
        expect(ports.vault).to.equal(40_777);
    });

    it("give way to another sandbox, which may not listen yet", async () => {
        const claimed = new Set([defaultPorts["vm-ghcr"], 40_001]);
        const ports = await choosePorts({}, new Set(), claimed, machine([]));
        expect(ports).to.deep.equal({ ...defaultPorts, "vm-ghcr": 40_002 });
    });

    it("are never given twice", async () => {
        const ports = await choosePorts({ vault: defaultPorts.github }, new Set(), new Set(), machine([]));
        expect(new Set(Object.values(ports)).size).to.equal(Object.keys(defaultPorts).length);
    });
});
