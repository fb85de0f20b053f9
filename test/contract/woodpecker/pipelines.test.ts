import { expect } from "chai";
import { type Client, type Pipeline, until } from "./client.js";
import { startWorld, type World } from "./world.js";

const deploy = `
skip_clone: true
when: {event: [manual, deployment], evaluate: 'DEPLOY_APP == "app" && IMAGE_TAG matches "^[0-9a-f]{8}$"'}
steps:
  - name: deploy
    image: bash
    environment: {PASSWORD: {from_secret: docker_password}}
    commands:
      - echo "event=$CI_PIPELINE_EVENT tag=$IMAGE_TAG sub=\${IMAGE_TAG} sha=\${CI_COMMIT_SHA:0:8} ref=$CI_COMMIT_REF to=$CI_PIPELINE_DEPLOY_TARGET task=$CI_PIPELINE_DEPLOY_TASK parent=$CI_PIPELINE_PARENT"
`;
const variables = { DEPLOY_APP: "app", IMAGE_TAG: "abcd1234" };

describe("Woodpecker: pipelines", function () {
    this.timeout(60_000);
    let world: World;
    let admin: Client;
    let repo: number;
    let path: string;
    before(async function () {
        world = await startWorld(() => this.skip());
        admin = world.admin;
        repo = await admin.activate(await world.app.remoteId(), "acme/app");
        path = `/api/repos/${repo}/pipelines`;
    });
    after(() => world?.close());

    /** Status and whether the answer says that everything was filtered. */
    const outcome = async (body: unknown, client: Client = admin): Promise<[number, boolean]> => {
        const { status, headers } = await client.ask("POST", path, body);
        return [status, headers.get("pipeline-filtered") === "true"];
    };

    describe("started by hand", () => {
        it("are filtered where the repository has no configuration (transcript: no config in repo)", async () => {
            expect(await outcome({ branch: "main" })).to.deep.equal([204, true]);
            expect(await admin.json("GET", path)).to.deep.equal([]);
        });

        it("are manual, so a workflow for deployments alone is filtered (transcript: event: deployment only)", async () => {
            await world.app.workflows({
                "deploy.yml": "when: {event: deployment}\nsteps: [{name: s, image: bash, commands: [a]}]\n",
            });
            expect(await outcome({ branch: "main" })).to.deep.equal([204, true]);
            expect(await admin.json("GET", path)).to.deep.equal([]);
        });

        it("are filtered where the expression does not match (transcript: evaluate mismatch)", async () => {
            await world.app.workflows({ "deploy.yml": deploy });
            expect(await outcome({ branch: "main" })).to.deep.equal([204, true]);
            expect(await outcome({ branch: "main", variables: { ...variables, DEPLOY_APP: "b" } })).to.deep.equal([
                204,
                true,
            ]);
            for (const tag of ["abcd123", "ABCD1234", "abcd12345", "abcd1234;", '$(id)"']) {
                const asked = { branch: "main", variables: { ...variables, IMAGE_TAG: tag } };
                expect(await outcome(asked), tag).to.deep.equal([204, true]);
            }
        });

        it("are errors with 200 where a secret is missing or not for the event (transcript: secrets missing)", async () => {
            const missing = await admin.run(repo, variables);
            expect(missing).to.include({ status: "error", event: "manual" });
            expect(missing).not.to.have.property("workflows");
            expect(missing.errors).to.deep.equal([
                { type: "generic", message: 'secret "docker_password" not found', is_warning: false, data: null },
            ]);
            await admin.json("POST", `/api/repos/${repo}/secrets`, {
                name: "docker_password",
                value: "a-password",
                events: ["push"],
            });
            const { errors } = await admin.run(repo, variables);
            expect(errors?.map(({ message }) => message)).to.deep.equal([
                'secret "docker_password" is not allowed to be used with pipeline event "manual"',
            ]);
        });

        it("are pending, then run, with what was asked for (transcript: # run)", async () => {
            await admin.json("PATCH", `/api/repos/${repo}/secrets/docker_password`, {
                events: ["push", "deployment", "manual"],
            });
            const head = await world.app.get<{ commit: { sha: string } }>("/branches/main");
            const created = await admin.run(repo, variables);
            expect(created).to.deep.include({
                number: 3,
                author: "ci-admin",
                parent: 0,
                event: "manual",
                event_reason: null,
                status: "pending",
                errors: null,
                started: 0,
                finished: 0,
                deploy_to: "",
                commit: head.commit.sha,
                branch: "main",
                rerun_count: 0,
                ref: "main",
                reviewed: 0,
                variables,
                version: "3.17.0",
                message: "MANUAL PIPELINE @ main",
                sender: "",
                author_email: "ci-admin@sandbox.test",
            });
            const [workflow] = created.workflows ?? [];
            expect(workflow).to.include({ pid: 1, name: "deploy", state: "pending" });
            expect(workflow?.children?.[0]).to.include({
                pid: 2,
                ppid: 1,
                name: "deploy",
                state: "pending",
                exit_code: 0,
                type: "commands",
            });
            const ended = await admin.ended(repo, created.number);
            expect(ended.status).to.equal("success");
            expect(ended.workflows?.[0]).to.include({ state: "success", agent_id: 1 });
            expect(ended.workflows?.[0]?.children?.[0]).to.include({ state: "success", exit_code: 0 });
            const log = await admin.log(repo, ended, "deploy");
            expect(log[0]).to.match(/^\+ echo "event=\$CI_PIPELINE_EVENT tag=\$IMAGE_TAG sub=abcd1234/);
            expect(log[1]).to.equal(
                `event=manual tag=abcd1234 sub=abcd1234 sha=${head.commit.sha.slice(0, 8)} ref=main to= task= parent=0`,
            );
        });

        it("refuse who may not, what is not JSON and what is not there (transcript: bad token, …)", async () => {
            const { guest, bot } = world;
            expect((await guest.ask("POST", path, { branch: "main" })).status).to.equal(401);
            expect(await outcome({ branch: "nope" })).to.deep.equal([500, false]);
            expect(await outcome("nonsense")).to.deep.equal([400, false]);
            expect((await admin.ask("POST", "/api/repos/99/pipelines", { branch: "main" })).status).to.equal(404);
            expect(await outcome({ branch: "main" }, bot), "a bot that may push").to.deep.equal([204, true]);
        });

        it("tell GitHub how each workflow ends (transcript: GH GET commits/…/status)", async () => {
            const { commit } = await admin.runToEnd(repo, variables);
            await until("the commit status", async () => {
                const { statuses } = await world.app.get<{ statuses: Record<string, string>[] }>(
                    `/commits/${commit}/status`,
                );
                const status = statuses.find(({ context }) => context === "ci/woodpecker/manual/deploy");
                return status?.state === "success" && status.description === "Pipeline was successful";
            });
        });
    });

    describe("listed", () => {
        it("come latest first, filtered by event, status and branch", async () => {
            const all = await admin.json<Pipeline[]>("GET", path);
            expect(all.map(({ number }) => number)).to.deep.equal([4, 3, 2, 1]);
            expect(all[0]).not.to.have.property("workflows");
            const numbers = async (query: string) =>
                (await admin.json<Pipeline[]>("GET", `${path}?${query}`)).map(({ number }) => number);
            expect(await numbers("status=error")).to.deep.equal([2, 1]);
            expect(await numbers("event=push,deployment")).to.deep.equal([]);
            expect(await numbers("event=manual&perPage=1&page=2")).to.deep.equal([3]);
            expect(await numbers("branch=other")).to.deep.equal([]);
            expect(await numbers("before=2000-01-01T00:00:00Z")).to.deep.equal([]);
            expect((await admin.ask("GET", `${path}?event=deploy`)).status).to.equal(400);
            expect((await admin.ask("GET", `${path}/abc`)).status).to.equal(400);
            expect((await admin.ask("GET", `${path}/99`)).status).to.equal(404);
            expect((await admin.ask("GET", `${path}/latest`)).status, "only a push counts").to.equal(404);
        });

        it("keep the files they were made of (transcript: GET pipelines/18/config)", async () => {
            const [config] = await admin.json<Record<string, string>[]>("GET", `${path}/3/config`);
            expect(config).to.include({ name: "deploy", data: Buffer.from(deploy).toString("base64") });
            expect(config?.hash).to.match(/^[0-9a-f]{64}$/);
        });
    });

    describe("started by a push", () => {
        it("run what matches the changed files, after a clone (transcript: push pipelines)", async () => {
            await world.app.workflows({
                "build.yml":
                    "when: {event: push, path: 'src/**'}\nsteps: [{name: b, image: 'alpine:3.20', commands: ['ls -A']}]\n",
                "docs.yml":
                    "when: {event: push, path: 'docs/**'}\nsteps: [{name: b, image: bash, commands: [exit 1]}]\n",
            });
            const sha = await world.app.put("src/a.txt", "a");
            let pushed: Pipeline | undefined;
            await until("the push to arrive", async () => {
                const pushes = await admin.json<Pipeline[]>("GET", `${path}?event=push`);
                pushed = pushes.find(({ commit }) => commit === sha);
                return pushed !== undefined;
            });
            const pipeline = await admin.ended(repo, pushed?.number ?? 0);
            expect(pipeline).to.deep.include({
                event: "push",
                status: "success",
                commit: sha,
                ref: "refs/heads/main",
                branch: "main",
                author: "ci-admin",
                sender: "ci-admin",
                message: "put src/a.txt",
                changed_files: ["src/a.txt"],
            });
            expect(await admin.json("GET", `${path}/latest`)).to.include({ number: pipeline.number });
            expect(pipeline.workflows?.map(({ name }) => name)).to.deep.equal(["build"]);
            const steps = pipeline.workflows?.[0]?.children ?? [];
            expect(steps.map(({ name, type }) => [name, type])).to.deep.equal([
                ["clone", "clone"],
                ["b", "commands"],
            ]);
            expect(await admin.log(repo, pipeline, "b")).to.include("README.md");
        });

        it("are not made for a commit that says so, or when nothing matches", async () => {
            const before = (await admin.json<Pipeline[]>("GET", path)).length;
            await world.app.put("src/b.txt", "b", "b [skip ci]");
            await world.app.put("other.txt", "b");
            const manual = await outcome({ branch: "main" });
            expect(manual).to.deep.equal([204, true]);
            expect((await admin.json<Pipeline[]>("GET", path)).length).to.equal(before);
        });
    });
});
