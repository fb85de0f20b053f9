import { expect } from "chai";
import { unreadableFindings } from "../../../../jobs/drift/audit/auditor.js";
import type { AuditOutcome } from "../../../../jobs/drift/audit/run.js";
import { lookAt } from "../../../../jobs/drift/stackRun.js";
import type { StateResource } from "../../../../jobs/drift/state.js";
import { aFinding } from "../../../support/drift/findings.js";

const stray = aFinding({ resource: "vault auth/kubernetes/role/stray", seenBy: "audit", kind: "extra" });
const other = aFinding({ resource: "vault auth/kubernetes/role/other", seenBy: "audit", kind: "extra" });
const vault = { resource: "Vault", type: "Vault", name: "Vault", reason: "it answered 503" };

const saw = (...findings: AuditOutcome["findings"]): AuditOutcome => ({ findings, unreadable: [], looked: 1 });
const unreadable: AuditOutcome = {
    findings: [],
    unreadable: unreadableFindings("prod", "Vault", { findings: [], unreadable: [vault], looked: 1 }),
    looked: 1,
};

/** The result of a stack in which the engine sees nothing and the audit what is given, look by look. */
async function resultOf(...looks: readonly AuditOutcome[]) {
    const left = [...looks];
    const result = await lookAt(
        {
            stack: "prod",
            state: async () => [],
            preview: async () => ({ findings: [] }),
            audit: async () => left.shift() ?? Promise.reject(new Error("too many looks")),
        },
        { expected: [], today: "2026-11-24", pause: async () => {} },
    );
    return { state: result.state, found: result.findings.map(({ id }) => id), left: left.length };
}

describe("what the audit finds", () => {
    it("counts when it was seen twice", async () => {
        expect(await resultOf(saw(stray, other), saw(stray))).to.deep.equal({
            state: "drift",
            found: [stray.id],
            left: 0,
        });
        expect(await resultOf(saw(stray), saw())).to.deep.equal({ state: "clean", found: [], left: 0 });
    });

    it("counts though the first look could not read it", async () => {
        const result = await resultOf(unreadable, saw(stray), saw(stray));
        expect(result).to.deep.equal({ state: "drift", found: [stray.id], left: 0 });
    });

    it("was there for a moment only, after a look that could not read it", async () => {
        expect(await resultOf(unreadable, saw(stray), saw())).to.deep.equal({ state: "clean", found: [], left: 0 });
        expect(await resultOf(unreadable, saw())).to.deep.equal({ state: "clean", found: [], left: 0 });
    });

    it("is an error where it could not be read at last, never clean", async () => {
        const gone = await resultOf(saw(stray), unreadable);
        expect(gone.state).to.equal("error");
        expect((await resultOf(unreadable, saw(stray), unreadable)).state).to.equal("error");
    });

    it("is not what an update declared in the meantime", async () => {
        const resource = { urn: "urn:role" } as StateResource;
        const states: StateResource[][] = [[], [resource]];
        const result = await lookAt(
            {
                stack: "prod",
                state: async () => states.shift() ?? [resource],
                preview: async () => ({ findings: [] }),
                audit: async (state) => (state.includes(resource) ? saw() : saw(stray)),
            },
            { expected: [], today: "2026-11-24", pause: async () => {} },
        );
        expect(result.state).to.equal("clean");
    });
});
