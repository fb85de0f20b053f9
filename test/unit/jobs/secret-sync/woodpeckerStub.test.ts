import { expect } from "chai";
import { WoodpeckerStub } from "../../../support/secretSync/woodpeckerStub.js";

/** What a Woodpecker 3.17.0 server answered: request, body, status, answer. */
const observed: readonly [string, string, object | undefined, number, string | RegExp][] = [
    [
        "POST",
        "/repos/1/secrets",
        { name: "d", value: "x" },
        422,
        "Error inserting secret. invalid secret event: no event specified",
    ],
    [
        "POST",
        "/repos/1/secrets",
        { name: "docker_password", value: "x", events: ["push"] },
        200,
        /"images":null,"events":\["push"\],"note":""}$/,
    ],
    [
        "POST",
        "/repos/1/secrets",
        { name: "docker_password", value: "x", events: ["push"] },
        500,
        'Error inserting secret "docker_password". on insert duplicate based on constraints was detected',
    ],
    [
        "POST",
        "/secrets",
        { name: "g1", value: "x", events: ["push", "manual"], images: [], note: "n1" },
        200,
        /"images":\[\],"events":\["manual","push"\],"note":"n1"}$/,
    ],
    [
        "POST",
        "/secrets",
        { name: "g1", value: "x", events: ["push"] },
        500,
        'Error inserting global secret "g1". on insert duplicate based on constraints was detected',
    ],
    [
        "PATCH",
        "/repos/1/secrets/docker_password",
        { events: [] },
        422,
        "Error updating secret. invalid secret event: no event specified",
    ],
    ["PATCH", "/repos/1/secrets/nope", { note: "x" }, 404, ""],
    ["DELETE", "/repos/1/secrets/nope", undefined, 404, ""],
    ["PATCH", "/secrets/g1", { note: "n2" }, 200, /"note":"n2"}$/],
    ["PATCH", "/secrets/g1", { value: "" }, 200, /"note":"n2"}$/],
    [
        "PATCH",
        "/secrets/g1",
        { events: [] },
        400,
        "Error updating global secret. invalid secret event: no event specified",
    ],
    [
        "PATCH",
        "/secrets/g1",
        { events: ["deploy"] },
        400,
        "Error updating global secret. invalid webhook event: deploy\ninvalid secret event",
    ],
    ["PATCH", "/secrets/g1", { images: ["bash"] }, 200, /"images":\["bash"\]/],
    ["PATCH", "/secrets/g1", { images: [] }, 200, /"images":\[\]/],
    ["PATCH", "/secrets/g1", { note: "" }, 200, /"note":""}$/],
    ["PATCH", "/secrets/g1", { name: "g2" }, 200, /"name":"g1"/],
    [
        "POST",
        "/secrets",
        { name: "e", value: "", events: ["push"] },
        422,
        "Error inserting global secret. invalid secret value: empty value",
    ],
    [
        "POST",
        "/secrets",
        { name: "", value: "x", events: ["push"] },
        422,
        "Error inserting global secret. invalid secret name: empty name",
    ],
    [
        "POST",
        "/secrets",
        { name: "i", value: "x", events: ["push"], images: ["a b("] },
        422,
        /^Error inserting global secret. invalid secret image: image 'a b\(' do not match regexp/,
    ],
    ["DELETE", "/secrets/g1", undefined, 204, ""],
    ["GET", "/secrets/g1", undefined, 404, ""],
];

describe("the Woodpecker stub", () => {
    let stub: WoodpeckerStub;
    before(async () => {
        stub = await WoodpeckerStub.start();
    });
    after(() => stub.stop());

    const call = async (method: string, path: string, body?: object, headers: Record<string, string> = {}) => {
        const response = await fetch(`${stub.url}/api${path}`, {
            method,
            headers: { authorization: `Bearer ${stub.token}`, "content-type": "application/json", ...headers },
            ...(body && { body: JSON.stringify(body) }),
        });
        return { status: response.status, text: await response.text() };
    };

    for (const [method, path, body, status, answer] of observed) {
        it(`answers ${method} ${path} ${JSON.stringify(body ?? "")} as a server did`, async () => {
            const reply = await call(method, path, body);
            expect(reply.status).to.equal(status);
            if (typeof answer === "string") expect(reply.text).to.equal(answer);
            else expect(reply.text).to.match(answer);
        });
    }

    it("takes nothing in from a form, and says 200 to a change all the same", async () => {
        await call("POST", "/secrets", { name: "form", value: "x", events: ["push"], note: "kept" });
        const form = { "content-type": "application/x-www-form-urlencoded" };
        expect(await call("PATCH", "/secrets/form", { note: "other" }, form)).to.include({ status: 200 });
        expect(stub.secret("form")?.note).to.equal("kept");
    });

    it("gives pages of 50, whatever is asked for, and nothing to strangers", async () => {
        for (let i = 0; i < 56; i++) {
            await call("POST", "/orgs/3/secrets", { name: `p${i}`, value: "x", events: ["push"] });
        }
        const count = async (query: string) => JSON.parse((await call("GET", `/orgs/3/secrets${query}`)).text).length;
        expect([await count(""), await count("?perPage=100"), await count("?page=2")]).to.deep.equal([50, 50, 6]);
        expect(await call("GET", "/secrets", undefined, { authorization: "" })).to.deep.equal({
            status: 401,
            text: "User not authorized",
        });
    });
});
