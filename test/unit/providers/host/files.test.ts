import { expect } from "chai";
import { Unreachable } from "../../../../providers/host/plugin/connection.js";
import { FilesHandler } from "../../../../providers/host/plugin/files.js";
import type { Findings } from "../../../../providers/host/plugin/inspection.js";
import { UNKNOWN, type Values } from "../../../../providers/lib/values.js";

const connection = { host: "10.0.0.1", hostKey: "ssh-ed25519 AAAA", privateKey: "key" };
const declared: Values = {
    connection,
    root: "/opt/x",
    files: { "/opt/x/a": "0644 root:root sha256:a", "/opt/x/b": "0600 root:root sha256:b" },
    items: { nginx: "running nginx@1" },
};
const asDeclared: Findings = { files: declared.files as never, items: declared.items as never, extra: {} };

describe("files of a host, looked at", () => {
    const told: string[] = [];
    beforeEach(() => told.splice(0));
    const handler = (answer: Findings | Error) =>
        new FilesHandler(
            (_severity, message) => told.push(message),
            new AbortController().signal,
            async () => {
                if (answer instanceof Error) throw answer;
                return answer;
            },
        );
    /** A refresh, and the difference to what is declared. */
    async function drift(found: Findings, olds: Values = { ...declared, revision: 3, knownExtra: [] }) {
        const files = handler(found);
        const state = await files.read("id", olds, declared, "urn");
        if (state === undefined) throw new Error("gone");
        const changes = files.plan(state.outputs, state.inputs, declared).map(({ property }) => property);
        const next = await files.update(state.outputs, state.inputs, declared, false, "urn");
        return { changes, revision: next.revision, known: next.knownExtra, next };
    }

    it("sees nothing where everything is as declared", async () => {
        expect((await drift(asDeclared)).changes).to.deep.equal([]);
    });

    const differences: [string, Findings, string][] = [
        [
            "a changed file",
            { ...asDeclared, files: { ...asDeclared.files, "/opt/x/a": "0644 root:root sha256:c" } },
            'files["/opt/x/a"]',
        ],
        [
            "another mode",
            { ...asDeclared, files: { ...asDeclared.files, "/opt/x/b": "0644 root:root sha256:b" } },
            'files["/opt/x/b"]',
        ],
        ["a missing file", { ...asDeclared, files: { "/opt/x/a": "0644 root:root sha256:a" } }, 'files["/opt/x/b"]'],
        ["a stopped container", { ...asDeclared, items: { nginx: "exited nginx@1" } }, 'items["nginx"]'],
        ["another image", { ...asDeclared, items: { nginx: "running nginx@2" } }, 'items["nginx"]'],
        [
            "a container nobody declared",
            { ...asDeclared, items: { ...asDeclared.items, x: "running x" } },
            'items["x"]',
        ],
    ];
    for (const [what, found, property] of differences) {
        it(`shows ${what}, and asks for a push`, async () => {
            const { changes, revision } = await drift(found);
            expect(changes).to.deep.equal([property]);
            expect(revision).to.equal(4);
        });
    }

    it("names an extra file once, warns, and asks for no push", async () => {
        const found = { ...asDeclared, extra: { "/opt/x/stray": "0644 me:me sha256:s" } };
        const { changes, revision, known, next } = await drift(found);
        expect(changes).to.deep.equal(['files["/opt/x/stray"]']);
        expect(revision).to.equal(3);
        expect(known).to.deep.equal(["/opt/x/stray"]);
        expect(told.join()).to.contain("10.0.0.1").and.contain("/opt/x/stray");
        expect((await drift(found, next)).changes).to.deep.equal([]);
    });

    it("refuses to write over files that are there, unless they are taken over or the same", async () => {
        const found = {
            ...asDeclared,
            files: { "/opt/x/a": "0644 root:root sha256:other", "/opt/x/b": "0600 root:root sha256:b" },
        };
        const error = await handler(found)
            .create(declared, false, "urn")
            .catch((e: Error) => e);
        expect(error)
            .to.be.instanceOf(Error)
            .with.property("message")
            .that.contains("a file exists already on 10.0.0.1")
            .and.contains("/opt/x/a")
            .and.contains("cicd:adopt");
        expect((await handler(found).create({ ...declared, adopt: true }, false, "urn")).outputs.revision).to.equal(1);
        expect((await handler(asDeclared).create(declared, false, "urn")).id).to.equal("10.0.0.1:/opt/x");
    });

    it("takes a host that does not answer as it was, where it is told to", async () => {
        const unreachable = handler(new Unreachable("10.0.0.1:22 does not answer"));
        const inputs = { ...declared, unreachable: "warn" };
        const state = await unreachable.read("id", { ...inputs, revision: 1 }, inputs, "urn");
        expect(unreachable.plan(state?.outputs ?? {}, state?.inputs ?? {}, inputs)).to.deep.equal([]);
        expect(told.join()).to.contain("10.0.0.1:22 does not answer").and.contain("docs/runbooks/nodes.md");
        expect(await unreachable.read("id", {}, declared, "urn").catch((e: Error) => e)).to.be.instanceOf(Unreachable);
    });

    it("never takes another host key for a host that does not answer", async () => {
        const other = handler(new Error("shows the host key"));
        const inputs = { ...declared, unreachable: "warn" };
        expect(await other.read("id", {}, inputs, "urn").catch((e: Error) => e.message)).to.equal("shows the host key");
    });

    it("asks for a push when the declaration changes, and for none when only the way to the host does", async () => {
        const olds = { ...declared, revision: 3, knownExtra: [] };
        const files = handler(asDeclared);
        const changed = {
            ...declared,
            files: { ...(declared.files as object), "/opt/x/a": "0644 root:root sha256:new" },
        };
        expect((await files.update(olds, declared, changed, true, "urn")).revision).to.equal(4);
        const moved = { ...declared, connection: { ...connection, privateKey: "other" } };
        expect(files.plan(olds, declared, moved).map(({ property }) => property)).to.deep.equal(["connection"]);
        expect((await files.update(olds, declared, moved, true, "urn")).revision).to.equal(3);
        expect((await files.update(olds, declared, moved, false, "urn")).revision).to.equal(3);
    });

    it("keeps a way to the host out of the state that does not lead there", async () => {
        const moved = { ...declared, connection: { ...connection, hostKey: "ssh-ed25519 BBBB" } };
        const wrong = handler(new Error("shows the host key"));
        const error = await wrong
            .update({ ...declared, revision: 3 }, declared, moved, false, "urn")
            .catch((e: Error) => e);
        expect(error).to.be.instanceOf(Error);
    });

    it("waits for contents that a preview does not know", () => {
        expect(handler(asDeclared).plan({}, declared, { ...declared, files: UNKNOWN })).to.deep.equal([
            { property: "files", replaces: false },
        ]);
    });
});
