import type { components } from "@octokit/openapi-types";
import { expect } from "chai";
import { waitFor } from "../../support/waitFor.js";
import { openTarget, type Target } from "./target.js";

type Hook = components["schemas"]["hook"];
type Delivery = components["schemas"]["hook-delivery-item"];

describe("GitHub contract: webhooks", function () {
    this.timeout(30_000);
    let target: Target;
    let id: number | bigint;
    const config = { url: "http://127.0.0.1:9/hook", content_type: "form", secret: "planted", insecure_ssl: "0" };

    before(async () => {
        target = await openTarget();
    });
    after(() => target?.close());

    it("creates one and masks its secret", async () => {
        const reply = await target.call<Hook>("POST", ":repo/hooks", { name: "web", events: ["push"], config });
        id = reply.json.id;
        expect(reply.status).to.equal(201);
        expect(reply.json).to.deep.include({ name: "web", active: true, events: ["push"] });
        expect(reply.json.config).to.include({ ...config, secret: "********" });
    });

    it("refuses the same address for the same event with 422", async () => {
        const again = await target.call("POST", ":repo/hooks", { name: "web", events: ["push"], config });
        expect(again.status).to.equal(422);
        expect((await target.call("POST", ":repo/hooks", { name: "web", config: {} })).status).to.equal(422);
    });

    it("shows and lists it, still masked", async () => {
        const one = await target.call<Hook>("GET", `:repo/hooks/${id}`);
        const all = await target.call<Hook[]>("GET", ":repo/hooks?per_page=100");
        expect(all.json.map((hook) => hook.id)).to.deep.equal([id]);
        expect(one.json.config.secret).to.equal("********");
        expect(JSON.stringify([one.json, all.json])).to.not.contain("planted");
    });

    it("tells how its deliveries went, newest first", async () => {
        expect((await target.call("POST", `:repo/hooks/${id}/pings`)).status).to.equal(204);
        const list = await waitFor("a failed delivery", async () => {
            const { json } = await target.call<Delivery[]>("GET", `:repo/hooks/${id}/deliveries?per_page=5`);
            expect(json).not.empty;
            return json;
        });
        expect(list[0]).to.include({ event: "ping", redelivery: false });
        expect(list[0]?.status_code).not.within(200, 299);
        expect(list[0]?.status).not.equal("OK");
        expect((await target.call("GET", ":repo/hooks/987654/deliveries")).status).to.equal(404);
    });

    it("changes and deletes it", async () => {
        const patch = { active: false, events: ["push", "deployment"] };
        const changed = await target.call<Hook>("PATCH", `:repo/hooks/${id}`, patch);
        expect(changed.json).to.deep.include(patch);
        expect(changed.json.config.url).to.equal(config.url);
        expect((await target.call("DELETE", `:repo/hooks/${id}`)).status).to.equal(204);
        expect((await target.call("GET", `:repo/hooks/${id}`)).status).to.equal(404);
    });
});
