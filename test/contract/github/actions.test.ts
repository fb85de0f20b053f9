import type { components } from "@octokit/openapi-types";
import { expect } from "chai";
import sodium from "libsodium-wrappers";
import { openTarget, type Target } from "./target.js";

type Schemas = components["schemas"];

describe("GitHub contract: Actions secrets and variables", function () {
    this.timeout(30_000);
    let target: Target;

    before(async () => {
        await sodium.ready;
        target = await openTarget();
    });
    after(() => target?.close());

    async function sealed(value: string): Promise<{ key_id: string; encrypted_value: string }> {
        const { json } = await target.call<Schemas["actions-public-key"]>("GET", ":repo/actions/secrets/public-key");
        const key = Buffer.from(json.key, "base64");
        expect(key).to.have.lengthOf(32);
        const box = sodium.crypto_box_seal(Buffer.from(value), key);
        return { key_id: json.key_id, encrypted_value: Buffer.from(box).toString("base64") };
    }

    it("takes a sealed secret: 201 the first time, 204 afterwards", async () => {
        const path = ":repo/actions/secrets/TOKEN";
        expect((await target.call("PUT", path, await sealed("one"))).status).to.equal(201);
        expect((await target.call("PUT", path, await sealed("two"))).status).to.equal(204);
    });

    it("shows names and times of secrets, never a value", async () => {
        const one = await target.call<Schemas["actions-secret"]>("GET", ":repo/actions/secrets/token");
        expect(Object.keys(one.json).sort()).to.deep.equal(["created_at", "name", "updated_at"]);
        expect(one.json.name).to.equal("TOKEN");
        expect(one.json.updated_at >= one.json.created_at).to.equal(true);
        const all = await target.call<{ total_count: number; secrets: unknown[] }>("GET", ":repo/actions/secrets");
        expect(all.json).to.deep.equal({ total_count: 1, secrets: [one.json] });
    });

    it("refuses what was sealed with another key", async () => {
        const pair = sodium.crypto_box_keypair();
        const box = sodium.crypto_box_seal(Buffer.from("x"), pair.publicKey);
        const { key_id } = await sealed("x");
        const body = { key_id, encrypted_value: Buffer.from(box).toString("base64") };
        expect((await target.call("PUT", ":repo/actions/secrets/OTHER", body)).status).to.equal(422);
        const stale = { ...(await sealed("x")), key_id: "1" };
        expect((await target.call("PUT", ":repo/actions/secrets/OTHER", stale)).status).to.equal(422);
    });

    it("deletes a secret once", async () => {
        expect((await target.call("DELETE", ":repo/actions/secrets/TOKEN")).status).to.equal(204);
        expect((await target.call("DELETE", ":repo/actions/secrets/TOKEN")).status).to.equal(404);
        expect((await target.call("GET", ":repo/actions/secrets/TOKEN")).status).to.equal(404);
    });

    it("creates, shows, changes, lists and deletes a variable", async () => {
        const path = ":repo/actions/variables/REPO_ID";
        const variables = ":repo/actions/variables";
        expect((await target.call("GET", path)).status).to.equal(404);
        expect((await target.call("POST", variables, { name: "repo_id", value: "7" })).status).to.equal(201);
        expect((await target.call("POST", variables, { name: "REPO_ID", value: "7" })).status).to.equal(409);
        expect((await target.call("POST", variables, { name: "X" })).status).to.equal(422);
        const read = await target.call<Schemas["actions-variable"]>("GET", path);
        expect(read.json).to.include({ name: "REPO_ID", value: "7" });
        expect(read.json).to.include.keys("created_at", "updated_at");
        expect((await target.call("PATCH", path, { name: "REPO_ID", value: "8" })).status).to.equal(204);
        const all = await target.call<{ total_count: number; variables: { value: string }[] }>("GET", variables);
        expect([all.json.total_count, all.json.variables[0]?.value]).to.deep.equal([1, "8"]);
        expect((await target.call("DELETE", path)).status).to.equal(204);
        expect((await target.call("PATCH", path, { value: "9" })).status).to.equal(404);
        expect((await target.call("DELETE", path)).status).to.equal(404);
    });
});
