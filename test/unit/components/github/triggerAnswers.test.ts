import { expect } from "chai";
import type { HttpStub, StubAnswer } from "../../../support/httpStub.js";
import { list, look, lookup, pipeline, runTrigger, start, startWoodpecker } from "../../../support/triggerRun.js";

const json = (body: unknown): StubAnswer => ({ status: 200, body });
const page = json("<!doctype html><title>recognisable page</title>");

describe("trigger script, answered 200 by something that is not Woodpecker", function () {
    this.timeout(30_000);
    let server: HttpStub;
    beforeEach(async () => {
        server = await startWoodpecker();
    });
    afterEach(() => server.stop());

    const run = () => runTrigger(server, { GITHUB_ACTIONS: "true" });

    for (const [what, given, asked] of [
        ["the look-up is answered by a page", () => server.on(lookup, page), "repository acme/website"],
        ["the start is answered by a page", () => server.on(start, page), "repository 2"],
        ["a look at the pipeline is answered by a page", () => server.on(look, page), "pipeline 7"],
        [
            "the list of pipelines is a page",
            () => server.on(start, { status: 504, body: "gateway time-out" }).on(list, page),
            "repository 2",
        ],
        ["the answer is empty", () => server.on(lookup, json("")), "repository acme/website"],
        ["it is JSON of another kind", () => server.on(lookup, json(["recognisable"])), "repository acme/website"],
        ["it is JSON about something else", () => server.on(lookup, json({ up: true })), "repository acme/website"],
        ["a pipeline has no number", () => server.on(start, json({ status: "up" })), "repository 2"],
    ] as const) {
        it(`ends with 14 and names WOODPECKER_URL when ${what}`, async () => {
            given();
            const { code, output } = await run();
            expect(output)
                .to.contain(
                    `error: ${server.url} answers 200 for ${asked} with something that is not Woodpecker's JSON`,
                )
                .and.match(/^next: check WOODPECKER_URL "http/m)
                .and.match(/^::error title=Deploy of website \(exit code 14\)::/m)
                .and.not.match(/recognisable|parse error|jq: /);
            expect(code).to.equal(14);
        });
    }

    it("goes on where there is no pipeline to list yet", async () => {
        server.on(start, { status: 504, body: "gateway time-out" }, json(pipeline("pending"))).on(list, json("null"));
        expect((await run()).code).to.equal(0);
    });
});
