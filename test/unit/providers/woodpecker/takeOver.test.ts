import { expect } from "chai";
import type { Handler } from "../../../../providers/lib/handler.js";
import type { Values } from "../../../../providers/lib/values.js";
import { WoodpeckerClient } from "../../../../providers/woodpecker/client.js";
import { EntryHandler } from "../../../../providers/woodpecker/plugin/entry.js";
import { RepositoryHandler } from "../../../../providers/woodpecker/plugin/repository.js";
import { Session } from "../../../../providers/woodpecker/plugin/session.js";
import { resourceTypes } from "../../../../providers/woodpecker/plugin/table.js";
import { HttpStub, type StubRequest } from "../../../support/httpStub.js";

/** A kind of object, as it stands on the server before the program comes. */
interface Kind {
    readonly inputs: Values;
    /** Of the object, without `/api`. */
    readonly path: string;
    readonly live: Values;
    /** Routes by which it is found; each gives the object, or a list with it. */
    readonly lookups: readonly [route: string, list: boolean][];
    /** What putting back sends. */
    readonly former: Values;
    /** The change with which its own deletion begins. */
    readonly removal: string;
}

const kinds: Readonly<Record<string, Kind>> = {
    Repository: {
        inputs: { fullName: "acme/app", timeout: 30 },
        path: "/repos/7",
        live: { id: 7, full_name: "acme/app", active: true, timeout: 45 },
        lookups: [["GET /api/repos/lookup/acme/app", false]],
        former: { timeout: 45 },
        removal: "DELETE /api/repos/7",
    },
    RepositorySecret: {
        inputs: { repositoryId: 7, name: "webhook", value: "new", events: ["push"] },
        path: "/repos/7/secrets/webhook",
        live: { id: 3, name: "webhook", events: ["cron"], images: null, note: "by hand" },
        lookups: [
            ["GET /api/repos/7/secrets", true],
            ["GET /api/repos/7/secrets/webhook", false],
        ],
        former: { name: "webhook", events: ["cron"], images: [], note: "by hand" },
        removal: "DELETE /api/repos/7/secrets/webhook",
    },
    Cron: {
        inputs: { repositoryId: 7, name: "nightly", schedule: "@daily" },
        path: "/repos/7/cron/5",
        live: { id: 5, name: "nightly", schedule: "@weekly", timezone: "UTC", branch: "", enabled: false },
        lookups: [["GET /api/repos/7/cron", true]],
        former: {
            name: "nightly",
            schedule: "@weekly",
            timezone: "UTC",
            branch: "",
            enabled: false,
            variables: {},
        },
        removal: "DELETE /api/repos/7/cron/5",
    },
};

for (const [name, kind] of Object.entries(kinds)) {
    describe(`a ${name} of Woodpecker that was there already`, () => {
        let stub: HttpStub;
        let live: Values;
        /** In a process of its own, as every command of the engine. */
        const handler = (): Handler => {
            const [type] = resourceTypes.filter((candidate) => candidate.name === name);
            if (type === undefined) throw new Error(name);
            const client = new WoodpeckerClient({ server: stub.url, token: "token", maxRetries: 0 });
            const session = new Session(client, () => {});
            return type.entry ? new EntryHandler(type, type.entry, session) : new RepositoryHandler(type, session);
        };
        const take = (how: Values) => handler().create({ ...kind.inputs, ...how }, false, "urn");

        beforeEach(async () => {
            stub = await HttpStub.start();
            live = kind.live;
            stub.on("GET /api/user", { status: 200, body: { id: 1, login: "ci-bot" } });
            for (const [route, list] of kind.lookups)
                stub.on(route, () => ({ status: 200, body: list ? [live] : live }));
            stub.on(`PATCH /api${kind.path}`, ({ body }: StubRequest) => {
                live = { ...live, ...JSON.parse(body) };
                return { status: 200, body: live };
            });
            stub.on(`DELETE /api${kind.path}`, { status: 204 });
        });
        afterEach(() => stub.stop());

        /** What destroying sends, when the program says `later` at its last `up`. */
        async function destroyed(how: Values, later: Values): Promise<StubRequest[]> {
            const { outputs } = await take(how);
            const before = stub.requests.length;
            await handler().delete(outputs, { ...kind.inputs, ...later }, "urn");
            return stub.requests.slice(before).filter(({ method }) => method !== "GET");
        }

        for (const later of [{ adopt: true }, { reclaim: true }, {}]) {
            it(`is put back after it was adopted, with ${JSON.stringify(later)} at the end`, async () => {
                const sent = await destroyed({ adopt: true }, later);
                expect(sent.map(({ method }) => method)).to.deep.equal(["PATCH"]);
                expect(JSON.parse(sent[0]?.body ?? "")).to.deep.equal(kind.former);
            });
            it(`goes after it was reclaimed, with ${JSON.stringify(later)} at the end`, async () => {
                const sent = await destroyed({ reclaim: true }, later);
                expect(sent.map(({ method, path }) => `${method} ${path}`)).to.deep.equal([kind.removal]);
            });
        }

        it("goes although it was adopted where the program says so for this one", async () => {
            const sent = await destroyed({ adopt: true }, { reclaim: true, deletion: "remove" });
            expect(sent.map(({ method, path }) => `${method} ${path.split("?")[0]}`)).to.deep.equal([kind.removal]);
        });

        it("counts as adopted only where it was not reclaimed", async () => {
            expect((await take({ adopt: true })).outputs.adopted).to.equal(true);
            expect((await take({ reclaim: true })).outputs.adopted).to.equal(false);
            expect((await take({ adopt: true, reclaim: true })).outputs.adopted).to.equal(true);
        });

        it("is foreseen by a preview in the same way, and nothing is changed", async () => {
            for (const [how, adopted] of [
                ["adopt", true],
                ["reclaim", false],
            ] as const) {
                const { outputs } = await handler().create({ ...kind.inputs, [how]: true }, true, "urn");
                expect(outputs.adopted).to.equal(adopted);
            }
            expect(stub.requests.filter(({ method }) => method !== "GET")).to.deep.equal([]);
        });

        it("is an error that names both ways on without them", async () => {
            const error = await take({}).catch((reason: Error) => reason);
            expect(error)
                .to.be.instanceOf(Error)
                .with.property("message")
                .that.includes("[adopt]")
                .and.includes("[reclaim]");
        });
    });
}

describe("a repository that is known to Woodpecker, but not active", () => {
    it("is no run's leftover: its settings are put back before it is deactivated again", async () => {
        const stub = await HttpStub.start();
        const path = "/api/repos/7";
        let live: Values = { id: 7, full_name: "acme/app", forge_remote_id: "9", active: false, timeout: 45 };
        stub.on("GET /api/user", { status: 200, body: { id: 1, login: "ci-bot" } });
        stub.on("GET /api/repos/lookup/acme/app", () => ({ status: 200, body: live }));
        const change = (values: Values) => {
            live = { ...live, ...values };
            return { status: 200, body: live };
        };
        stub.on("POST /api/repos", () => change({ active: true }));
        stub.on(`PATCH ${path}`, ({ body }: StubRequest) => change(JSON.parse(body)));
        stub.on(`DELETE ${path}`, () => change({ active: false }));
        try {
            const [type] = resourceTypes.filter(({ name }) => name === "Repository");
            if (type === undefined) throw new Error("there is no Repository");
            const session = () => new Session(new WoodpeckerClient({ server: stub.url, token: "token" }), () => {});
            const inputs = { fullName: "acme/app", timeout: 30, reclaim: true };
            const { outputs } = await new RepositoryHandler(type, session()).create(inputs, false);
            expect(live).to.include({ active: true, timeout: 30 });
            await new RepositoryHandler(type, session()).delete(outputs, inputs, "urn");
            expect(live).to.include({ active: false, timeout: 45 });
        } finally {
            await stub.stop();
        }
    });
});
