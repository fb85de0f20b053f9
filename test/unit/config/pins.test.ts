import { expect } from "chai";
import { parseSettings } from "../../../config/parse.js";
import { rawApp, rawSettings } from "../../support/settings.js";

describe("a Deployment", () => {
    function problemOf(raw: Record<string, unknown>): string {
        try {
            parseSettings(raw);
            return "";
        } catch (error) {
            return String(error);
        }
    }

    it("takes the pin of one application for a Deployment that two have containers in", () => {
        const place = { namespace: "shop", deployment: "web" };
        const part = (name: string, sha?: string) =>
            rawApp({
                repository: `acme/${name}`,
                images: [{ name: `acme/${name}` }],
                deployments: [
                    { ...place, container: name },
                    { ...place, container: `${name}-init` },
                ],
                ...(sha && { sha }),
            });
        const two = (shopSha?: string, apiSha?: string) =>
            problemOf(rawSettings({ apps: { shop: part("shop", shopSha), api: part("api", apiSha) } }));
        expect(two("0123abcd")).equal("");
        expect(two(undefined, "0123abcd")).equal("");
        expect(two("0123abcd", "4567cdef")).contain(
            "cicd:apps.api.sha: shop/web is pinned by cicd:apps.shop.sha too; one Deployment takes the pin of one application: leave one of the two out",
        );
    });
});
