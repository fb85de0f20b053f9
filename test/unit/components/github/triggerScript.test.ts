import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { triggerScript } from "../../../../components/github/triggerScript.js";
import { type HttpStub, hangUp, type StubAnswer, type StubRequest } from "../../../support/httpStub.js";
import { putProgram } from "../../../support/shell.js";
import {
    list,
    look,
    lookup,
    pipeline,
    runTrigger,
    start,
    startWoodpecker,
    token,
} from "../../../support/triggerRun.js";

const json = (status: number, body: unknown): StubAnswer => ({ status, body });
const filtered: StubAnswer = { status: 204, headers: { "Pipeline-Filtered": "true" } };

describe("trigger script", function () {
    this.timeout(30_000);
    let server: HttpStub;
    beforeEach(async () => {
        server = await startWoodpecker();
    });
    afterEach(() => server.stop());

    const run = (env?: Record<string, string>) => runTrigger(server, env);

    const variables = (request: StubRequest) => JSON.parse(request.body).variables as Record<string, string>;

    it("starts the deploy of this app and tag, follows it to its end and says so", async () => {
        const { code, output } = await run();
        expect(output).to.contain("deployed: website 0123abcd").and.contain(`${server.url}/repos/2/pipeline/7`);
        expect(code).to.equal(0);
        const [request, ...more] = server.asked(start);
        expect(more).to.deep.equal([]);
        expect(JSON.parse(request?.body ?? "")).to.include({ branch: "main" });
        expect(variables(request as StubRequest)).to.include({ DEPLOY_APP: "website", IMAGE_TAG: "0123abcd" });
        expect(request?.headers).to.include({
            authorization: `Bearer ${token}`,
            "content-type": "application/json",
        });
    });

    interface Outcome {
        readonly name: string;
        readonly code: number;
        readonly says: RegExp;
        readonly given?: () => unknown;
        readonly env?: Record<string, string>;
    }

    const failing = {
        name: "deploy",
        state: "failure",
        children: [
            { id: 41, name: "deploy", state: "failure", exit_code: 1 },
            { id: 42, name: "notify-failure", state: "success", exit_code: 0 },
        ],
    };
    const logLine = (text: string) => ({ data: Buffer.from(text).toString("base64") });

    const outcomes: Outcome[] = [
        {
            name: "no workflow matched (204, filtered)",
            given: () => server.on(start, filtered),
            code: 3,
            says: /no workflow on branch main matches DEPLOY_APP=website IMAGE_TAG=0123abcd: nothing was deployed/,
        },
        {
            name: "configuration not fetched (204 without the header)",
            given: () => server.on(start, { status: 204 }),
            code: 4,
            says: /could not fetch the configuration from branch main: nothing was deployed/,
        },
        {
            name: "created with an error",
            given: () => {
                const errors = [{ type: "generic", message: 'secret "slack_webhook" not found', is_warning: false }];
                server.on(start, json(200, { ...pipeline("error"), errors, workflows: undefined }));
            },
            code: 5,
            says: /secret "slack_webhook" not found[\s\S]*nothing was deployed/,
        },
        {
            name: "another workflow ran",
            given: () =>
                server.on(start, json(200, pipeline("pending", [{ name: "other", state: "pending", children: [] }]))),
            code: 6,
            says: /pipeline 7 runs "other" on event manual, not the workflow deploy/,
        },
        {
            name: "the deploy step failed, with the end of its log",
            given: () =>
                server
                    .on(look, json(200, pipeline("failure", [failing])))
                    .on(
                        "GET /api/repos/2/logs/7/41",
                        json(200, []),
                        json(200, [logLine("+ the script"), logLine("== deploy of website")]),
                        json(200, [
                            logLine("+ the script"),
                            logLine("== deploy of website"),
                            logLine("error: ErrImagePull"),
                        ]),
                    ),
            code: 7,
            says: /step deploy of workflow deploy: failure, exit code 1 +\n +== deploy of website\n +error: ErrImagePull[\s\S]*the deploy of website 0123abcd failed/,
        },
        {
            name: "the pipeline succeeded without its deploy workflow",
            given: () =>
                server.on(look, json(200, pipeline("success", [{ name: "deploy", state: "skipped", children: [] }]))),
            code: 7,
            says: /workflow deploy is "skipped"/,
        },
        {
            name: "it takes too long",
            given: () => server.on(look, json(200, pipeline("pending"))),
            env: { POLL_LIMIT_SECONDS: "1" },
            code: 8,
            says: /pipeline 7 is "pending" after 1 seconds[\s\S]*no agent/,
        },
        {
            name: "401",
            given: () => server.on(lookup, json(401, "User not authorized")),
            code: 9,
            says: /refuses the token/,
        },
        {
            name: "404: not registered, or no right to push",
            given: () => server.on(lookup, json(404, "")),
            code: 10,
            says: /has no repository acme\/website, or the token's user may not push/,
        },
        {
            name: "404 at the start",
            given: () => server.on(start, json(404, "")),
            code: 10,
            says: /has no repository 2/,
        },
        {
            name: "registered but deactivated",
            given: () => server.on(lookup, json(200, { id: 2, active: false })),
            code: 10,
            says: /not active/,
        },
        {
            name: "the id changed when the server was rebuilt",
            given: () => server.on(lookup, json(200, { id: 9, active: true })),
            code: 11,
            says: /acme\/website has the id 9 in Woodpecker, not 2[\s\S]*WOODPECKER_REPO_ID to 9/,
        },
        {
            name: "5xx to the end of its tries",
            given: () => server.on(start, json(500, "database is locked")).on(list, json(200, [])),
            env: { ATTEMPTS: "3" },
            code: 12,
            says: /answers 500 database is locked, 3 times[\s\S]*branch main does not exist/,
        },
        {
            name: "nobody listens",
            env: { WOODPECKER_URL: "http://127.0.0.1:1", ATTEMPTS: "2" },
            code: 12,
            says: /no answer from http:\/\/127.0.0.1:1 \(.*(refused|connect).*\), 2 times/i,
        },
        {
            name: "ended by a person",
            given: () => server.on(look, json(200, pipeline("killed"))),
            code: 13,
            says: /was ended: killed/,
        },
        {
            name: "held for approval",
            given: () => server.on(look, json(200, pipeline("blocked"))),
            code: 13,
            says: /waits for an approval/,
        },
        {
            name: "an answer no Woodpecker gives",
            given: () => server.on(lookup, json(302, "moved")),
            code: 14,
            says: /answers 302/,
        },
    ];

    for (const { name, code, says, given, env } of outcomes) {
        it(`ends with ${code}: ${name}`, async () => {
            given?.();
            const result = await run(env);
            expect(result.output)
                .to.match(says)
                .and.match(/next: /)
                .and.not.contain(token);
            expect(result.code).to.equal(code);
        });
    }

    it("starts nothing when the id belongs to another repository", async () => {
        server.on(lookup, json(200, { id: 9, active: true }));
        await run();
        expect(server.asked(start)).to.deep.equal([]);
    });

    it("goes on after a 5xx, a dropped connection and a 429 while it follows", async () => {
        server.on(look, json(502, "bad gateway"), hangUp, json(429, "slow down"), json(200, pipeline("success")));
        expect((await run()).code).to.equal(0);
    });

    it("starts again after a 5xx that started nothing", async () => {
        server.on(start, json(503, "no leader"), json(200, pipeline("pending"))).on(list, json(200, []));
        const { code, output } = await run();
        expect(output).to.contain("503");
        expect(code).to.equal(0);
        expect(server.asked(start)).to.have.lengthOf(2);
    });

    for (const [name, answer] of [
        ["a gateway time-out", json(504, "gateway time-out")],
        ["a dropped connection", hangUp],
    ] as const) {
        it(`does not deploy twice when a start that arrived is answered by ${name}`, async () => {
            const other = { ...pipeline("running"), number: 6, variables: { TRIGGER_ID: "somebody else's" } };
            server.on(start, answer).on(list, () => {
                const [request] = server.asked(start);
                return json(200, [other, { ...pipeline("running"), variables: variables(request as StubRequest) }]);
            });
            const { code, output } = await run();
            expect(output).to.contain("had arrived all the same: pipeline 7");
            expect(code).to.equal(0);
            expect(server.asked(start)).to.have.lengthOf(1);
        });
    }

    it("names everything that is missing or malformed, and asks the server nothing", async () => {
        const { code, output } = await run({ BRANCH: "", IMAGE_TAG: "ABCDEF01", WOODPECKER_REPO_ID: "acme/website" });
        expect(output)
            .to.contain("BRANCH is empty")
            .and.contain('IMAGE_TAG "ABCDEF01" is not 8 lower-case hex characters')
            .and.contain('WOODPECKER_REPO_ID "acme/website" is not a number');
        expect(code).to.equal(2);
        expect(server.requests).to.deep.equal([]);
    });

    it("never shows the token to other processes", async () => {
        const directory = mkdtempSync(join(tmpdir(), "trigger-"));
        try {
            const seen = join(directory, "arguments");
            putProgram(
                join(directory, "bin"),
                "curl",
                `#!/bin/sh\nprintf '%s\\n' "$@" >> '${seen}'\nPATH='${process.env.PATH}' exec curl "$@"\n`,
            );
            expect((await run({ PATH: `${directory}/bin:${process.env.PATH}` })).code).to.equal(0);
            expect(readFileSync(seen, "utf8")).to.contain("--config").and.not.contain("recognisable-token");
        } finally {
            rmSync(directory, { recursive: true });
        }
    });

    it("holds nothing GitHub would evaluate", () => {
        expect(triggerScript).to.not.contain("${{");
    });
});
