import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { type Connection, WoodpeckerClient, WoodpeckerError } from "../../../../providers/woodpecker/client.js";
import { HttpStub, hangUp } from "../../../support/httpStub.js";

const TOKEN = "token-of-ci-admin";

describe("WoodpeckerClient", () => {
    let stub: HttpStub;
    const client = (more: Partial<Connection> = {}) =>
        new WoodpeckerClient({ server: stub.url, token: TOKEN, maxRetries: 2, firstDelay: 1, ...more });
    const failure = async (call: Promise<unknown>): Promise<WoodpeckerError> => {
        const error = await call.then(
            () => undefined,
            (reason: unknown) => reason,
        );
        if (error instanceof WoodpeckerError) return error;
        throw new Error(`a WoodpeckerError was expected, not ${error}`);
    };

    beforeEach(async () => {
        stub = await HttpStub.start();
    });
    afterEach(() => stub.stop());

    it("sends every body as JSON: the server ignores it otherwise, with 200", async () => {
        stub.on("PATCH /api/repos/7", { status: 200, body: { id: 7 } });
        await client().updateRepository(7, { timeout: 5 });
        expect(stub.requests[0]?.headers).to.include({
            "content-type": "application/json",
            authorization: `Bearer ${TOKEN}`,
        });
    });

    it("reads lists of any length, fifty a page", async () => {
        const secrets = Array.from({ length: 101 }, (_, i) => ({ name: `s${i}` }));
        stub.on("GET /api/secrets", ({ path }) => {
            const page = Number(new URLSearchParams(path.split("?")[1]).get("page"));
            return { status: 200, body: secrets.slice((page - 1) * 50, page * 50) };
        });
        expect(await client().secrets("global").list()).to.deep.equal(secrets);
        expect(stub.requests).to.have.lengthOf(3);
    });

    it("puts names into URLs safely", async () => {
        stub.on("GET /api/repos/7/secrets/a%3Fb%23c", { status: 200, body: { name: "a?b#c" } });
        expect(await client().secrets({ repositoryId: 7 }).get("a?b#c")).to.deep.equal({ name: "a?b#c" });
    });

    for (const passing of [{ status: 429 }, { status: 500 }, { status: 503, body: "busy" }, hangUp] as const) {
        const what = passing === hangUp ? "a broken connection" : passing.status;
        it(`tries again after ${what}`, async () => {
            stub.on("GET /api/user", passing, { status: 200, body: { id: 1, login: "ci-admin" } });
            expect((await client().whoami()).user.login).to.equal("ci-admin");
        });
    }

    for (const status of [400, 401, 403, 404, 409, 422]) {
        it(`does not try again after ${status}`, async () => {
            stub.on("POST /api/repos/7/secrets", { status, body: "the server's words" });
            const error = await failure(client().secrets({ repositoryId: 7 }).create({ name: "x" }));
            expect(stub.requests).to.have.lengthOf(1);
            expect(error.message).to.include(`${stub.url}: POST /api/repos/7/secrets -> ${status}: the server's words`);
        });
    }

    it("takes a 500 that says duplicate for what it is", async () => {
        const words = 'Error inserting secret "x". on insert duplicate based on constraints was detected';
        stub.on("POST /api/secrets", { status: 500, body: words });
        const error = await failure(client().secrets("global").create({ name: "x" }));
        expect(stub.requests).to.have.lengthOf(1);
        expect(error).to.include({ isDuplicate: true, isOutage: false });
    });

    it("gives up after the tries it may make, and says how many", async () => {
        stub.on("GET /api/user", { status: 502, body: "<html><head><title>502 Bad Gateway</title></head></html>" });
        const error = await failure(client().whoami());
        expect(stub.requests).to.have.lengthOf(3);
        expect(error.message).to.include('-> 502: an HTML page, "502 Bad Gateway" (tried 3 times)');
    });

    it("names a server that is not there and how to look for it", async () => {
        const gone = await HttpStub.start();
        const { url } = gone;
        await gone.stop();
        const error = await failure(client({ server: url }).whoami());
        expect(error.message).to.include("no answer: connection refused (tried 3 times)");
        expect(error.message).to.include(`curl -i ${url}/healthz`);
    });

    it("does not wait for a slow server twice", async () => {
        let asked = 0;
        const slow = createServer(() => void asked++);
        await new Promise<void>((listening) => slow.listen(0, "127.0.0.1", listening));
        const server = `http://127.0.0.1:${(slow.address() as AddressInfo).port}`;
        const error = await failure(client({ server, timeoutSeconds: 0.1 }).whoami());
        slow.close();
        slow.closeAllConnections();
        expect(error.words).to.equal("nothing within 0.1 s");
        expect(asked).to.equal(1);
    });

    it("asks eight things at a time, and waits no longer for an answer because of that", async () => {
        let most = 0;
        const open = new Set<ServerResponse>();
        const slow = createServer((_, response) => {
            open.add(response);
            most = Math.max(most, open.size);
            setTimeout(() => {
                open.delete(response);
                response.end("{}");
            }, 50);
        });
        await new Promise<void>((listening) => slow.listen(0, "127.0.0.1", listening));
        const server = `http://127.0.0.1:${(slow.address() as AddressInfo).port}`;
        const patient = client({ server, timeoutSeconds: 5 });
        await Promise.all(Array.from({ length: 40 }, () => patient.repository(7)));
        slow.close();
        slow.closeAllConnections();
        expect(most).to.equal(8);
    });

    it("recognises the page of a proxy, also where it means success or absence", async () => {
        const page = "<!DOCTYPE html><html><head><title>Sign in</title></head></html>";
        stub.on("GET /api/user", { status: 200, body: page }).on("GET /api/repos/7", { status: 404, body: page });
        stub.on("GET /api/orgs/lookup/acme", { status: 302, headers: { location: "https://login.test/?next=x" } });
        expect((await failure(client().whoami())).message).to.include("That is not Woodpecker's API");
        expect((await failure(client().repository(7))).words).to.equal('an HTML page, "Sign in"');
        expect((await failure(client().lookupOrganization("acme"))).words).to.equal(
            "a redirect to https://login.test/",
        );
    });

    it("takes Woodpecker's own 404 for absence", async () => {
        stub.on("GET /api/repos/lookup/acme/shop", { status: 404, body: "" });
        stub.on("DELETE /api/secrets/x", { status: 404, body: "" });
        expect(await client().lookupRepository("acme/shop")).to.equal(undefined);
        expect(await client().secrets("global").remove("x")).to.equal(false);
    });

    it("repeats neither the token nor a value that was sent", async () => {
        stub.on("POST /api/secrets", ({ headers, body }) => ({
            status: 400,
            body: `cannot parse ${body} of ${headers.authorization}`,
        }));
        const { message } = await failure(client().secrets("global").create({ name: "x", value: "hunter2" }));
        expect(message).to.include("[secret]").and.not.include("hunter2").and.not.include(TOKEN);
    });

    it("stops waiting when it is told to", async () => {
        const stop = new AbortController();
        stub.on("GET /api/user", () => {
            stop.abort();
            return { status: 503, headers: { "retry-after": "30" } };
        });
        await failure(client({ signal: stop.signal }).whoami());
        expect(stub.requests).to.have.lengthOf(1);
    });
});
