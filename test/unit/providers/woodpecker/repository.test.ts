import { expect } from "chai";
import type { Values } from "../../../../providers/lib/values.js";
import { WoodpeckerClient } from "../../../../providers/woodpecker/client.js";
import { FOUND } from "../../../../providers/woodpecker/plugin/plan.js";
import { RepositoryHandler } from "../../../../providers/woodpecker/plugin/repository.js";
import { Session } from "../../../../providers/woodpecker/plugin/session.js";
import { resourceTypes } from "../../../../providers/woodpecker/plugin/table.js";
import { HttpStub } from "../../../support/httpStub.js";

const inputs = { fullName: "acme/app", timeout: 30 };
const olds = { ...inputs, repositoryId: 7, active: true, [FOUND]: { existed: false, values: { timeout: 60 } } };

describe("a Woodpecker repository that the server says it does not have", () => {
    let stub: HttpStub;
    const handler = () => {
        const [type] = resourceTypes.filter(({ name }) => name === "Repository");
        if (type === undefined) throw new Error("there is no Repository");
        const client = new WoodpeckerClient({ server: stub.url, token: "token", maxRetries: 0 });
        return new RepositoryHandler(type, new Session(client, () => {}));
    };
    const permissions = (rights: Values) => stub.on("GET /api/repos/7/permissions", { status: 200, body: rights });
    const failure = async (call: Promise<unknown>): Promise<string> => {
        const outcome = await call.catch((error: unknown) => error);
        if (outcome instanceof Error) return outcome.message;
        throw new Error(`an error was expected, not ${JSON.stringify(outcome)}`);
    };

    beforeEach(async () => {
        stub = await HttpStub.start();
        stub.on("GET /api/user", { status: 200, body: { id: 1, login: "ci-bot" } });
        stub.on("GET /api/repos/lookup/acme/app", { status: 404 });
    });
    afterEach(() => stub.stop());

    const calls: [string, () => Promise<unknown>][] = [
        ["a refresh", () => handler().read("acme/app", olds, inputs)],
        ["an update", () => handler().update(olds, inputs, { ...inputs, timeout: 45 }, false)],
        ["a destroy", () => handler().delete(olds, inputs, "urn")],
    ];
    for (const [what, call] of calls) {
        it(`is not taken for gone by ${what} where the token's user may not see it`, async () => {
            permissions({ pull: false, push: false, admin: false });
            expect(await failure(call())).to.equal(
                "ci-bot may not pull from the repository with the id 7: whether acme/app is still registered cannot be told. Give ci-bot that right on the forge; if the repository is gone from there, remove it from Woodpecker.",
            );
        });
    }

    it("is gone where the server does not know its id either", async () => {
        stub.on("GET /api/repos/7/permissions", { status: 404 });
        expect(await handler().read("acme/app", olds, inputs)).to.equal(undefined);
        await handler().delete(olds, inputs, "urn");
    });

    it("is gone where its id may be seen, but its name leads nowhere", async () => {
        permissions({ pull: true, push: false, admin: false });
        expect(await handler().read("acme/app", olds, inputs)).to.equal(undefined);
    });

    it("cannot be asked for by an id that is not known: an import finds nothing", async () => {
        expect(await handler().read("acme/app", {}, {})).to.equal(undefined);
    });
});
