import { expect } from "chai";
import { readBuild } from "../../../../../sandbox/doubles/buildx/settings.js";

describe("the stand-in for the buildx plugin", () => {
    const wanted = { APP_PROGRAM: "/app", PLUGIN_REPO: "127.0.0.1:18500/acme/website", PLUGIN_TAGS: "0123abcd,second" };

    it("builds one image for each tag", () => {
        expect(readBuild({ ...wanted, PLUGIN_CONTEXT: "backend" })).to.deep.equal({
            context: "backend",
            dockerfile: "Dockerfile",
            references: ["127.0.0.1:18500/acme/website:0123abcd", "127.0.0.1:18500/acme/website:second"],
            program: "/app",
        });
    });

    it("names every setting that is missing or that it does not know", () => {
        expect(() => readBuild({ PLUGIN_BUILD_ARGS: "x" })).to.throw(
            "the setting build_args is unknown to this stand-in\nthe setting repo is missing\nthe setting tags is missing\nAPP_PROGRAM is missing",
        );
    });
});
