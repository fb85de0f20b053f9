import { expect } from "chai";
import type { Client, Pipeline } from "./client.js";
import { startWorld, type World } from "./world.js";

const good = "skip_clone: true\nwhen: {event: manual}\nsteps: [{name: s, image: bash, commands: ['true']}]\n";

/** Of a file `bad.yml` with one step, what follows `steps:`. */
const withStep = (step: string): string => `skip_clone: true\nwhen: {event: manual}\nsteps: [${step}]\n`;

describe("Woodpecker: what is wrong with a file", function () {
    this.timeout(60_000);
    let world: World;
    let admin: Client;
    let repo: number;
    before(async function () {
        world = await startWorld(() => this.skip());
        admin = world.admin;
        repo = await admin.activate(await world.app.remoteId(), "acme/app");
    });
    after(() => world?.close());

    /** The pipeline of a repository with one good file and this one. */
    async function created(bad: string, extra: Readonly<Record<string, string>> = {}): Promise<Pipeline> {
        await world.app.workflows({ "good.yml": good, "bad.yml": bad, ...extra });
        return admin.run(repo);
    }

    const messages = (pipeline: Pipeline) =>
        (pipeline.errors ?? []).map(({ type, message, is_warning: warning }) => [type, message, warning]);

    it("stops everything, even where the file itself would not run (transcript: zbroken commands and settings)", async () => {
        const pipeline = await created(
            "when: {event: push}\nsteps: {x: {image: bash, commands: [a], settings: {b: c}}}\n",
        );
        expect(pipeline.status).to.equal("error");
        expect(pipeline.errors).to.deep.equal([
            {
                type: "linter",
                message: "Cannot configure both `commands` and `settings`",
                is_warning: false,
                data: { file: "bad", field: "steps.x" },
            },
            {
                type: "linter",
                message: "Additional property settings is not allowed",
                is_warning: true,
                data: { file: "bad", field: "steps.x" },
            },
        ]);
    });

    it("fails at a substitution it does not know, even in a comment (transcript: missing closing brace)", async () => {
        const pipeline = await created(`# \${X-d}\n${good}`);
        expect(pipeline).to.include({ status: "error" });
        expect(messages(pipeline)).to.deep.equal([["generic", "missing closing brace", false]]);
    });

    it("answers 500 where the substitution crashes the library (woodpecker.md 2.4)", async () => {
        await world.app.workflows({ "bad.yml": `# \${CI_COMMIT_SHA:0:-1}\n${good}` });
        const { status } = await admin.ask("POST", `/api/repos/${repo}/pipelines`, { branch: "main" });
        expect(status).to.equal(500);
    });

    it("fails at YAML that is none", async () => {
        const pipeline = await created("when: {event: manual}\nwhen: {event: push}\nsteps: []\n");
        expect(pipeline.status).to.equal("error");
        expect(pipeline.errors?.[0]?.type).to.equal("compiler");
        expect(pipeline.errors?.[0]?.message).to.match(/mapping key "when" already defined/);
    });

    it("fails at an expression that is no condition", async () => {
        const pipeline = await created(good.replace("manual}", "manual, evaluate: 'CI_REPO'}"));
        expect(pipeline.status).to.equal("error");
        expect(pipeline.errors?.[0]?.message).to.match(/expected bool, but got string/);
    });

    for (const [step, message] of [
        ["{name: s, commands: [a]}", "Invalid or missing image"],
        [
            "{name: s, image: bash, commands: [a], privileged: true}",
            "Insufficient trust level to use `privileged` mode",
        ],
        ["{name: s, image: bash, commands: [a], volumes: [a:b]}", "Insufficient trust level to use `volumes`"],
        ["{name: s, image: bash, commands: [a], network_mode: host}", "Insufficient trust level to use `network_mode`"],
        [
            "{name: s, image: bash, commands: [a], depends_on: [t]}",
            "One or more of the specified dependencies do not exist",
        ],
        ["", "Invalid or missing `steps` section"],
    ] as const) {
        it(`fails at steps [${step}]`, async () => {
            const pipeline = await created(withStep(step));
            expect(pipeline.status).to.equal("error");
            expect(messages(pipeline)).to.deep.include(["linter", message, false]);
        });
    }

    it("only warns of `secrets`, and leaves the variable empty (transcript: Additional property secrets)", async () => {
        const pipeline = await created(withStep("{name: s, image: bash, secrets: [x], commands: ['echo \"v=[$X]\"']}"));
        expect(pipeline.status).to.equal("pending");
        expect(pipeline.errors).to.deep.equal([
            {
                type: "linter",
                message: "Additional property secrets is not allowed",
                is_warning: true,
                data: { file: "bad", field: "steps.0" },
            },
        ]);
        const ended = await admin.ended(repo, pipeline.number);
        expect(await admin.log(repo, ended, "s")).to.include("v=[]");
    });

    it("warns of what the schema does not know, of files that run only", async () => {
        const warnings = async (bad: string) => messages(await created(bad)).map(([, message]) => message);
        expect(await warnings(withStep("{name: s, image: bash, commands: ['true'], failure: never}"))).to.deep.equal([
            'steps.0.failure must be one of the following: "fail", "ignore", "cancel"',
        ]);
        expect(await warnings(good.replace("manual}", "[manual, deploy]}"))).to.deep.equal([
            'when.event.1 must be one of the following: "push", "pull_request", "pull_request_closed", "pull_request_metadata", "tag", "deployment", "cron", "manual", "release"',
        ]);
        expect(await warnings(`${good}concurrency: {limit: 1, grp: x}\n`)).to.deep.equal([
            "Additional property grp is not allowed",
        ]);
        expect(await warnings(`${good}step: 1\n`.replace("manual}", "push}"))).to.deep.equal([]);
        expect(await warnings("skip_clone: true\nsteps: [{name: s, image: bash, commands: ['true']}]\n")).to.deep.equal(
            ["Consider adding a `when` block with an `event` filter to this step or the entire workflow"],
        );
    });

    it("keeps a secret for plugins from commands (transcript: T=img)", async () => {
        await admin.json("POST", `/api/repos/${repo}/secrets`, {
            name: "only_env",
            value: "v",
            events: ["manual"],
            images: ["env"],
        });
        const step = "{name: s, image: bash, commands: [a], environment: {A: {from_secret: only_env}}}";
        expect(messages(await created(withStep(step)))).to.deep.equal([
            [
                "generic",
                'secret "only_env" is only allowed to be used by plugins (a filter has been set on the secret). Note: Image filters do not work for normal steps',
                false,
            ],
        ]);
    });

    it("answers 204 without a header where the files cannot be fetched (transcript: sub-directory in .woodpecker)", async () => {
        await world.app.workflows({ "good.yml": good });
        await world.app.put(".woodpecker/lib/x.txt", "x", "x [skip ci]");
        const { status, headers } = await admin.ask("POST", `/api/repos/${repo}/pipelines`, { branch: "main" });
        expect([status, headers.get("pipeline-filtered")]).to.deep.equal([204, null]);
        const [latest] = await admin.json<Pipeline[]>("GET", `/api/repos/${repo}/pipelines`);
        expect(latest?.status).to.equal("error");
        expect(latest?.errors?.[0]?.message).to.match(/^could not load config from forge: /);
        await world.app.remove(".woodpecker/lib/x.txt");
    });
});
