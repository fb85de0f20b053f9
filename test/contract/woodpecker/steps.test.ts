import { expect } from "chai";
import { type Client, type Pipeline, until } from "./client.js";
import { planted, startWorld, type World } from "./world.js";

describe("Woodpecker: how workflows run", function () {
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

    async function start(files: Readonly<Record<string, string>>, variables = {}): Promise<Pipeline> {
        const complete = Object.entries(files).map(([name, text]) => [
            `${name}.yml`,
            `skip_clone: true\nwhen: {event: manual}\n${text}`,
        ]);
        await world.app.workflows(Object.fromEntries(complete));
        return admin.run(repo, variables);
    }
    const run = async (files: Readonly<Record<string, string>>, variables = {}): Promise<Pipeline> =>
        admin.ended(repo, (await start(files, variables)).number);
    const states = (pipeline: Pipeline, workflow = 0) =>
        Object.fromEntries((pipeline.workflows?.[workflow]?.children ?? []).map(({ name, state }) => [name, state]));
    const workflowStates = (pipeline: Pipeline) =>
        Object.fromEntries((pipeline.workflows ?? []).map(({ name, state }) => [name, state]));

    it("ends with the exit code of the first command that fails (transcript: T=fail)", async () => {
        const pipeline = await run({
            other: "steps: [{name: bad, image: bash, commands: ['echo before', 'exit 7', 'echo after']}]",
        });
        expect(pipeline.status).to.equal("failure");
        expect(pipeline.workflows?.[0]?.children?.[0]).to.include({ state: "failure", exit_code: 7 });
        expect(await admin.log(repo, pipeline, "bad")).to.deep.equal(["+ echo before", "before", "+ exit 7"]);
    });

    it("prints what it runs as one script, several lines as they are (transcript: log lines)", async () => {
        const commands = ['|\n        if true; then\n          echo "it\'s"\n        fi', "cd /", "pwd"];
        const list = commands.map((command) => `      - ${command}`).join("\n");
        const pipeline = await run({ w: `steps:\n  - name: s\n    image: bash\n    commands:\n${list}\n` });
        expect(await admin.log(repo, pipeline, "s")).to.deep.equal([
            "+ if true; then",
            '  echo "it\'s"',
            "fi",
            "",
            "it's",
            "+ cd /",
            "+ pwd",
            "/",
        ]);
    });

    it("runs an image as a shell and a plugin with its settings (transcript: T=alpine, T=plug)", async () => {
        await admin.ask("POST", "/api/secrets", { name: "some_token", value: planted, events: ["manual"] });
        const pipeline = await run({
            w: [
                "steps:",
                "  - {name: a, image: 'alpine:3.20', commands: ['echo hi']}",
                "  - {name: p, image: announce, settings: {channel: '#ci', some-token: {from_secret: some_token}, list: [1, x]}}",
                "",
            ].join("\n"),
        });
        expect(pipeline.status).to.equal("success");
        expect(pipeline.workflows?.[0]?.children?.map(({ type }) => type)).to.deep.equal(["commands", "plugin"]);
        expect(await admin.log(repo, pipeline, "a")).to.deep.equal(["+ echo hi", "hi"]);
        expect(await admin.log(repo, pipeline, "p")).to.deep.equal(["to #ci as ******** list 1,x"]);
    });

    it("masks every secret, used or not, and multi-line ones by the line (woodpecker.md 3)", async () => {
        const value = "first-line-of-it\nsecond-line-of-it";
        await admin.ask("POST", "/api/secrets", { name: "long", value, events: ["manual"] });
        const pipeline = await run({
            w: `steps: [{name: s, image: bash, environment: {LONG: {from_secret: LONG}}, commands: ['echo "$LONG"', 'echo ${planted}']}]`,
        });
        const log = await admin.log(repo, pipeline, "s");
        expect(log).to.deep.equal(['+ echo "$LONG"', "********", "********", "+ echo ********", "********"]);
    });

    it("takes a secret of the repository before one of all, and the last of two that differ in case (transcript: prec.yml)", async () => {
        for (const [name, value] of [
            ["FOO", "a-global"],
            ["foo", "b-global"],
            ["both", "c-global"],
        ]) {
            await admin.ask("POST", "/api/secrets", { name, value, events: ["manual"] });
        }
        await admin.ask("POST", `/api/repos/${repo}/secrets`, {
            name: "both",
            value: "d-repository",
            events: ["manual"],
        });
        const pipeline = await run({
            w: [
                "steps:",
                "  - name: s",
                "    image: bash",
                "    environment: {A: {from_secret: FOO}, B: {from_secret: foo}, C: {from_secret: both}}",
                '    commands: [\'for v in "$A" "$B" "$C"; do echo "$v" | rev; done\']',
                "",
            ].join("\n"),
        });
        expect((await admin.log(repo, pipeline, "s")).slice(1)).to.deep.equal(["labolg-b", "labolg-b", "yrotisoper-d"]);
    });

    it("substitutes as the library does, before anything else (transcript: T=sub)", async () => {
        const script =
            'echo "unset=[${UNSET_X}] def=[${U:-d}] esc=[$${HOME_X}] sha=${CI_COMMIT_SHA:0:8} dollar=$T plus=[${T:+yes}]"';
        const pipeline = await run({ w: `steps: [{name: s, image: bash, commands: ['${script}']}]` }, { T: "sub" });
        const [, line] = await admin.log(repo, pipeline, "s");
        expect(line).to.equal(`unset=[] def=[d] esc=[] sha=${pipeline.commit.slice(0, 8)} dollar=sub plus=[sub]`);
    });

    it("gives every step the agent's environment, a home and a workspace of its own (servers.md 4)", async () => {
        const pipeline = await run({
            w: 'steps: [{name: s, image: bash, environment: {HOME: /x, OWN: 1}, commands: [\'echo "$CONTRACT_LEAKED/$OWN/$CI_REPO/$CI_WORKFLOW_NAME/$CI_STEP_NAME/$CI_SYSTEM_VERSION"\', \'[ "$PWD" = "$CI_WORKSPACE" ] && [ "$HOME" != /x ] && ls -A\']}]',
        });
        const log = await admin.log(repo, pipeline, "s");
        expect(log[1]).to.equal("from the agent/1/acme/app/w/s/3.17.0");
        expect(log).to.have.length(3);
    });

    it("skips after a failure what is not for failures (woodpecker.md 3: when.status)", async () => {
        const pipeline = await run({
            w: [
                "steps:",
                "  - {name: bad, image: bash, commands: ['exit 1']}",
                "  - {name: next, image: bash, commands: ['true']}",
                "  - {name: report, image: bash, commands: ['echo $CI_PIPELINE_STATUS'], when: [{status: [failure]}]}",
                "  - {name: always, image: bash, commands: ['true'], when: [{status: [success, failure]}]}",
                "",
            ].join("\n"),
        });
        expect(pipeline.status).to.equal("failure");
        expect(states(pipeline)).to.deep.equal({
            bad: "failure",
            next: "skipped",
            report: "success",
            always: "success",
        });
        expect(await admin.log(repo, pipeline, "report")).to.include("failure");
    });

    it("skips what is for failures when nothing failed", async () => {
        const pipeline = await run({
            w: "steps: [{name: ok, image: bash, commands: ['true']}, {name: report, image: bash, commands: ['true'], when: [{status: failure}]}]",
        });
        expect(pipeline.status).to.equal("success");
        expect(states(pipeline)).to.deep.equal({ ok: "success", report: "skipped" });
    });

    it("goes on after a failure that is to be ignored", async () => {
        const pipeline = await run({
            w: "steps: [{name: bad, image: bash, failure: ignore, commands: ['exit 3']}, {name: next, image: bash, commands: ['true']}]",
        });
        expect(pipeline.status).to.equal("success");
        expect(states(pipeline)).to.deep.equal({ bad: "failure", next: "success" });
    });

    it("fails a step whose program is not there", async () => {
        const pipeline = await run({ w: "steps: [{name: p, image: no-such-plugin}]" });
        expect(pipeline.status).to.equal("failure");
        const [step] = pipeline.workflows?.[0]?.children ?? [];
        expect(step).to.include({ state: "failure" });
        expect(step?.error).to.match(/no-such-plugin.*not found/);
    });

    it("runs steps as they depend on each other, and leaves filtered ones out", async () => {
        const pipeline = await run({
            w: [
                "steps:",
                "  - {name: last, image: bash, depends_on: [one, two], commands: ['cat a b']}",
                "  - {name: one, image: bash, commands: ['echo 1 > a']}",
                "  - {name: two, image: bash, depends_on: [], commands: ['echo 2 > b']}",
                "  - {name: never, image: bash, when: {event: push}, commands: ['exit 1']}",
                "",
            ].join("\n"),
        });
        expect(pipeline.status).to.equal("success");
        expect(states(pipeline)).to.deep.equal({ one: "success", two: "success", last: "success" });
        expect((await admin.log(repo, pipeline, "last")).slice(1)).to.deep.equal(["1", "2"]);
    });

    it("runs a workflow after those it depends on, or skips it", async () => {
        const step = (command: string) => `steps: [{name: s, image: bash, commands: ['${command}']}]`;
        const pipeline = await run({
            a: step("exit 1"),
            b: `depends_on: [a]\n${step("true")}`,
            c: `depends_on: [a]\nruns_on: [failure]\n${step("true")}`,
            d: `depends_on: [missing]\n${step("true")}`,
        });
        expect(pipeline.status).to.equal("failure");
        expect(workflowStates(pipeline)).to.deep.equal({ a: "failure", b: "skipped", c: "success" });
    });

    it("lets one of a concurrency group wait for the other, in the order of their start (woodpecker.md 3)", async () => {
        const file = "concurrency: {limit: 1, group: deploy}\nsteps: [{name: s, image: bash, commands: ['sleep 1']}]";
        const first = await start({ w: file });
        const second = await admin.run(repo);
        await until("the first to run", async () => {
            const { status } = await admin.json<Pipeline>("GET", `/api/repos/${repo}/pipelines/${first.number}`);
            return status === "running";
        });
        expect((await admin.json<Pipeline>("GET", `/api/repos/${repo}/pipelines/${second.number}`)).status).to.equal(
            "pending",
        );
        const [a, b] = [await admin.ended(repo, first.number), await admin.ended(repo, second.number)];
        expect([a.status, b.status]).to.deep.equal(["success", "success"]);
        expect(b.workflows?.[0]?.started).to.be.at.least(a.workflows?.[0]?.finished ?? Number.POSITIVE_INFINITY);
    });

    it("kills what runs when it is canceled (woodpecker.md 1.5)", async () => {
        const { number } = await start({
            w: "steps: [{name: s, image: bash, commands: ['echo started', 'sleep 60']}, {name: t, image: bash, commands: ['true']}]",
        });
        const path = `/api/repos/${repo}/pipelines/${number}`;
        await until("the step to run", async () => {
            const { workflows } = await admin.json<Pipeline>("GET", path);
            return workflows?.[0]?.children?.[0]?.state === "running";
        });
        expect((await admin.ask("POST", `${path}/cancel`)).status).to.equal(204);
        await until("the step to be killed", async () => {
            const pipeline = await admin.json<Pipeline>("GET", path);
            const [workflow] = pipeline.workflows ?? [];
            return pipeline.status === "killed" && states(pipeline).s === "killed" && workflow?.state === "killed";
        });
        const pipeline = await admin.json<Pipeline>("GET", path);
        expect(pipeline).to.deep.include({ cancel_info: { canceled_by_user: "ci-admin" } });
        expect(states(pipeline)).to.deep.equal({ s: "killed", t: "canceled" });
    });

    it("waits while the queue is paused (woodpecker.md 1.5)", async () => {
        expect((await admin.ask("POST", "/api/queue/pause")).status).to.equal(204);
        const { number } = await start({ w: "steps: [{name: s, image: bash, commands: ['true']}]" });
        const info = await admin.json<{ paused: boolean; stats: Record<string, number> }>("GET", "/api/queue/info");
        expect(info.paused).to.equal(true);
        expect(info.stats.pending_count).to.equal(1);
        expect((await admin.ask("POST", "/api/queue/resume")).status).to.equal(204);
        expect((await admin.ended(repo, number)).status).to.equal("success");
    });

    it("hands logs over late, in base64, and removes them (transcript: log latency)", async () => {
        const pipeline = await run({ w: "steps: [{name: s, image: bash, commands: ['echo hi']}]" });
        const [step] = pipeline.workflows?.[0]?.children ?? [];
        const path = `/api/repos/${repo}/logs/${pipeline.number}`;
        await admin.log(repo, pipeline, "s");
        const [first] = await admin.json<Record<string, unknown>[]>("GET", `${path}/${step?.id}`);
        expect(Object.keys(first ?? {})).to.deep.equal(["id", "step_id", "time", "line", "data", "type"]);
        expect(first).to.include({
            step_id: step?.id,
            line: 0,
            type: 0,
            data: Buffer.from("+ echo hi").toString("base64"),
        });
        expect((await admin.ask("DELETE", path)).status).to.equal(204);
        expect((await admin.ask("GET", `${path}/${step?.id}`)).text).to.match(/^(\[\]|null)$/);
        expect((await admin.ask("GET", `${path}/99999`)).status).to.equal(404);
    });
});
