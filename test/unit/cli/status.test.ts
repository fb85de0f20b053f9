import { expect } from "chai";
import { htmlOf } from "../../../cli/status/html.js";
import { type AppStatus, exitCodeOf, markOf } from "../../../cli/status/status.js";
import { textOf } from "../../../cli/status/text.js";
import { app, page, row } from "../../support/status.js";

describe("the status of the pipeline", () => {
    it("is wrong where an image is behind its pin, a deploy failed, or an image is broken", () => {
        expect(markOf(app)).equal("fine");
        expect(markOf({ ...app, containers: [] })).equal("unknown");
        const wrong: Partial<AppStatus>[] = [
            { containers: [{ ...row, state: "behind the pin" }] },
            { lastDeploy: app.lastDeploy && { ...app.lastDeploy, status: "failure" } },
            { brokenImages: ["acme/website:1a2b3c4d missing_child"] },
        ];
        for (const change of wrong) {
            expect(markOf({ ...app, ...change })).equal("wrong");
            expect(exitCodeOf({ ...page, apps: [{ ...app, ...change }] })).equal(2);
        }
    });

    it("ends with 1 when something could not be told, and 2 when something is wrong besides", () => {
        const unknown = ["images: no answer"];
        expect(exitCodeOf(page)).equal(0);
        expect(exitCodeOf({ ...page, unknown })).equal(1);
        const reported = [{ what: "drift", state: "wrong", words: "something has drifted" }] as const;
        expect(exitCodeOf({ ...page, unknown, reported })).equal(2);
    });

    it("has declared, live and newest image, the last deploy and what was reported, in a terminal", () => {
        const text = textOf(page);
        expect(text).match(/website +- +1a2b3c4d +5e6f7a8b +success 30 min ago +intact +fine/);
        expect(text).match(/drift +nothing has drifted +7 h ago/);
    });

    it("is one HTML file that asks nobody for anything, and shows names as they are", () => {
        const html = htmlOf({ ...page, unknown: ["images: <no answer>"] });
        expect(html).match(/^<!doctype html>/);
        expect(html).not.match(/<(script|link|img|iframe)\b|@import|url\(/);
        expect(html).include("acme/&#60;website&#62;").and.include("&#60;no answer&#62;").and.not.include("<website>");
        expect(html).include('href="https://ci.example.org/repos/2/pipeline/7"');
        // every cell is labelled, for screens where the table has no head
        expect(html.match(/<td /g)).length((html.match(/<td data-label="[^"]+"/g) ?? []).length);
    });
});
