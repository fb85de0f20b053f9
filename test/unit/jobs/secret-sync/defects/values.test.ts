import { expect } from "chai";
import { linesOf, summaryOf } from "../../../../../jobs/secret-sync/report.js";
import { exitCodeOf, type SyncRun } from "../../../../../jobs/secret-sync/sync.js";

import { describeDefects } from "../../../../support/secretSync/defects.js";

const told = (run: SyncRun) => [...linesOf(run), JSON.stringify(summaryOf(run))].join("\n");
describeDefects("values", {
    1: [
        "quotes, backslashes, newlines and keys arrive as they are",
        async (world) => {
            const data = {
                quoted: 'say "hi"\\n',
                key: "-----BEGIN KEY-----\nAA==\n-----END KEY-----\n",
                uni: "\u00fc\u{1f511}\u0001",
            };
            world.holds(data);
            expect(exitCodeOf(await world.sync())).to.equal(0);
            for (const [name, value] of Object.entries(data))
                expect(world.woodpecker.secret(name)?.value).to.equal(value);
        },
    ],
    2: [
        "newlines at the end stay",
        async (world) => {
            world.holds({ key: "line\n\n\n" });
            await world.sync();
            expect(world.woodpecker.secret("key")?.value).to.equal("line\n\n\n");
        },
    ],
    3: [
        "a value that is no text is an error of that name, not JSON text",
        async (world) => {
            world.holds({ good: "1", bad: { a: 1 } });
            const run = await world.sync();
            expect(exitCodeOf(run)).to.equal(1);
            expect(told(run)).to.contain('global \\"bad\\"').and.to.contain("is an object, not text");
            expect(world.woodpecker.places.get("/secrets")?.map(({ name }) => name)).to.deep.equal(["good"]);
        },
    ],
    17: [
        "events and images are set per secret, and never let in a foreign pull request unasked",
        async (world) => {
            world.holds({ a: "1", b: "2" });
            const entries = [
                { path: "ci/global", key: "a" },
                { path: "ci/global", key: "b", events: ["deployment" as const], images: ["plugins/slack"] },
            ];
            await world.sync({}, { entries });
            expect(world.woodpecker.secret("a")?.events).to.deep.equal(["cron", "deployment", "manual", "push", "tag"]);
            expect(world.woodpecker.secret("b")).to.deep.include({ events: ["deployment"], images: ["plugins/slack"] });
        },
    ],
    18: [
        "a bad name or an empty value is an error of that name alone",
        async (world) => {
            world.holds({ "a/b": "1", empty: "", good: "1" });
            const run = await world.sync();
            expect(exitCodeOf(run)).to.equal(1);
            expect(run.plan?.problems.map(({ name }) => name)).to.deep.equal(["a/b", "empty"]);
            expect(world.woodpecker.places.get("/secrets")?.map(({ name }) => name)).to.deep.equal(["good"]);
        },
    ],
});
