import { expect } from "chai";
import { type Client, type Pipeline, until } from "./client.js";
import { startWorld, type World } from "./world.js";

const deploy = `
skip_clone: true
when: {event: [manual, deployment]}
steps:
  - name: deploy
    image: bash
    commands:
      - echo "event=$CI_PIPELINE_EVENT tag=$IMAGE_TAG sub=\${IMAGE_TAG} sha=\${CI_COMMIT_SHA:0:8} ref=$CI_COMMIT_REF to=$CI_PIPELINE_DEPLOY_TARGET task=$CI_PIPELINE_DEPLOY_TASK parent=$CI_PIPELINE_PARENT"
`;

describe("Woodpecker: deployments", function () {
    this.timeout(60_000);
    let world: World;
    let admin: Client;
    let repo: number;
    let path: string;
    let parent: number;
    before(async function () {
        world = await startWorld(() => this.skip());
        admin = world.admin;
        repo = await admin.activate(await world.app.remoteId(), "acme/app");
        path = `/api/repos/${repo}/pipelines`;
        await world.app.workflows({ "deploy.yml": deploy });
        parent = (await admin.runToEnd(repo)).number;
    });
    after(() => world?.close());

    const path2 = (query: string) => `${path}/${parent}?${query}`;

    it("need the repository's permission, and no other event (transcript: A: deploy an existing pipeline)", async () => {
        expect((await admin.ask("POST", path2("event=deployment&deploy_to=production"))).status).to.equal(403);
        await admin.json("PATCH", `/api/repos/${repo}`, { allow_deploy: true });
        expect((await admin.ask("POST", path2("event=push"))).status).to.equal(400);
        expect((await admin.ask("POST", `${path}/9999?event=deployment&deploy_to=x`)).status).to.equal(404);
    });

    it("take target, task and variables from the query (transcript: deploy_to=production&deploy_task=roll)", async () => {
        const query = "event=deployment&deploy_to=production&deploy_task=roll&IMAGE_TAG=abcd1234";
        const created = await admin.json<Pipeline>("POST", path2(query));
        expect(created).to.deep.include({
            event: "deployment",
            status: "pending",
            parent,
            deploy_to: "production",
            deploy_task: "roll",
            rerun_count: 1,
        });
        expect(created).not.to.have.property("variables");
        const ended = await admin.ended(repo, created.number);
        expect((await admin.log(repo, ended, "deploy"))[1]).to.match(
            new RegExp(`^event=deployment tag=abcd1234 sub=abcd1234 .* to=production task=roll parent=${parent}$`),
        );
    });

    it("come from GitHub too, without that permission (transcript: B: GitHub deployment webhook)", async () => {
        await admin.json("PATCH", `/api/repos/${repo}`, { allow_deploy: false });
        const { id } = await world.app.post<{ id: number }>("/deployments", {
            ref: "main",
            environment: "staging",
            task: "deploy:x",
            auto_merge: false,
            required_contexts: [],
            payload: { IMAGE_TAG: "ignored" },
        });
        let found: Pipeline | undefined;
        await until("the deployment to arrive", async () => {
            const list = await admin.json<Pipeline[]>("GET", `${path}?event=deployment`);
            found = list.find(({ deploy_to: to }) => to === "staging");
            return found !== undefined;
        });
        const ended = await admin.ended(repo, found?.number ?? 0);
        expect(ended).to.include({
            status: "success",
            ref: "refs/heads/main",
            branch: "main",
            deploy_task: "deploy:x",
        });
        expect((await admin.log(repo, ended, "deploy"))[1]).to.match(
            /^event=deployment tag= .* to=staging task=deploy:x/,
        );
        await until("the deployment's status", async () => {
            const [status] = await world.app.get<{ state: string }[]>(`/deployments/${id}/statuses`);
            return status?.state === "success";
        });
    });

    it("stay pending for ever where nothing matches, until canceled (transcript: no matching workflow)", async () => {
        await admin.json("PATCH", `/api/repos/${repo}`, { allow_deploy: true });
        await world.app.workflows({
            "m.yml": "skip_clone: true\nwhen: {event: manual}\nsteps: [{name: s, image: bash, commands: ['true']}]\n",
        });
        const { number } = await admin.runToEnd(repo);
        const stuck = await admin.json<Pipeline>("POST", `${path}/${number}?event=deployment&deploy_to=production`);
        expect(stuck.status).to.equal("pending");
        expect(stuck).not.to.have.property("workflows");
        expect((await admin.ask("POST", `${path}/${stuck.number}/cancel`)).status).to.equal(204);
        expect((await admin.ask("POST", `${path}/${stuck.number}/cancel`)).status).to.equal(400);
    });

    it("run again without an event as what they were (woodpecker.md 1.5)", async () => {
        const [latest] = await admin.json<Pipeline[]>("GET", path);
        const manual = (await admin.json<Pipeline[]>("GET", `${path}?event=manual`))[0] as Pipeline;
        const again = await admin.json<Pipeline>("POST", `${path}/${manual.number}`);
        expect(again).to.include({ event: "manual", parent: manual.number, number: (latest?.number ?? 0) + 1 });
        expect((await admin.ended(repo, again.number)).status).to.equal("success");
    });
});
