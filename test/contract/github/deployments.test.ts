import type { components } from "@octokit/openapi-types";
import { expect } from "chai";
import { openTarget, type Target } from "./target.js";

type Schemas = components["schemas"];

describe("GitHub contract: commit statuses and deployments", function () {
    this.timeout(30_000);
    let target: Target;
    let sha: string;

    before(async () => {
        target = await openTarget();
        sha = (await target.call<Schemas["commit"]>("GET", ":repo/commits/main")).json.sha;
    });
    after(() => target?.close());

    const post = (state: string, context: string, on = sha) =>
        target.call<Schemas["status"]>("POST", `:repo/statuses/${on}`, { state, context, target_url: "http://ci/1" });
    const combined = async () =>
        (await target.call<Schemas["combined-commit-status"]>("GET", ":repo/commits/main/status")).json;

    it("combines the last status of each context", async () => {
        expect(await combined()).to.include({ state: "pending", total_count: 0, sha });
        expect((await post("pending", "ci/deploy")).status).to.equal(201);
        expect((await combined()).state).to.equal("pending");
        await post("success", "ci/deploy");
        await post("failure", "ci/lint");
        expect(await combined()).to.include({ state: "failure", total_count: 2 });
        const all = await target.call<Schemas["status"][]>("GET", `:repo/commits/${sha}/statuses`);
        expect(all.json.map((status) => status.state)).to.deep.equal(["failure", "success", "pending"]);
    });

    it("refuses a state or a commit that does not exist with 422", async () => {
        expect((await post("green", "ci/deploy")).status).to.equal(422);
        expect((await post("success", "ci/deploy", "0".repeat(40))).status).to.equal(422);
    });

    it("refuses a deployment while a status is red, and makes it when none is required", async () => {
        const conflict = await target.call("POST", ":repo/deployments", { ref: "main", auto_merge: false });
        expect(conflict.status).to.equal(409);
        const body = { ref: "main", auto_merge: false, required_contexts: [], environment: "production" };
        const made = await target.call<Schemas["deployment"]>("POST", ":repo/deployments", body);
        expect(made.status).to.equal(201);
        expect(made.json).to.include({ sha, ref: "main", task: "deploy", environment: "production" });
        const statuses = `:repo/deployments/${made.json.id}/statuses`;
        expect((await target.call("POST", statuses, { state: "success" })).status).to.equal(201);
        const listed = await target.call<Schemas["deployment-status"][]>("GET", statuses);
        expect(listed.json.map((status) => status.state)).to.deep.equal(["success"]);
        expect((await target.call("POST", ":repo/deployments", {})).status).to.equal(422);
        expect((await target.call("GET", ":repo/deployments/1")).status).to.equal(404);
    });
});
