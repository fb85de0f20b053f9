import { expect } from "chai";
import type { Pipeline } from "./client.js";
import { until } from "./client.js";
import { startWorld, type World } from "./world.js";

interface Cron {
    readonly id: number;
    readonly next_exec: number;
    readonly enabled: boolean;
}

const HOUR = 3600;

describe("Woodpecker: crons", function () {
    this.timeout(60_000);
    let world: World;
    let repo: number;
    let path: string;
    before(async function () {
        world = await startWorld(() => this.skip());
        repo = await world.admin.activate(await world.app.remoteId(), "acme/app");
        path = `/api/repos/${repo}/cron`;
    });
    after(() => world?.close());

    const refused = async (body: object, method = "POST", where = path) => {
        const { status, text } = await world.admin.ask(method, where, body);
        return [status, text];
    };

    it("is disabled unless it says otherwise (transcript: POST cron (no enabled))", async () => {
        const cron = await world.admin.json<Cron>("POST", path, {
            name: "nightly",
            schedule: "0 3 * * *",
            branch: "main",
        });
        expect(cron).to.deep.include({
            id: 1,
            name: "nightly",
            repo_id: repo,
            creator_id: 1,
            schedule: "0 3 * * *",
            timezone: "UTC",
            branch: "main",
            enabled: false,
            variables: null,
        });
        expect(new Date(cron.next_exec * 1000).getUTCHours()).to.equal(3);
    });

    it("counts in its own time zone (transcript: Europe/Berlin)", async () => {
        const cron = await world.admin.json<Cron>("POST", path, {
            name: "drift",
            schedule: "0 3 * * *",
            timezone: "Asia/Tokyo",
            branch: "main",
            enabled: true,
            variables: { DEPLOY_APP: "app" },
        });
        expect(cron).to.deep.include({ timezone: "Asia/Tokyo", enabled: true, variables: { DEPLOY_APP: "app" } });
        expect(new Date(cron.next_exec * 1000).getUTCHours()).to.equal(18);
        const every = await world.admin.json<Cron>("PATCH", `${path}/${cron.id}`, { schedule: "@every 5m" });
        const wait = every.next_exec - Date.now() / 1000;
        expect(wait).to.be.within(0, HOUR / 12 + 1);
    });

    it("refuses a second one of the name, bad schedules, zones and branches (transcript: dup, bad sched, …)", async () => {
        const good = { name: "x", schedule: "0 3 * * *", branch: "main", enabled: true };
        expect(await refused({ ...good, name: "drift" })).to.deep.equal([
            409,
            "cron with this exists for this repo already",
        ]);
        const invalid = "Error inserting cron. validate failed: ";
        expect(await refused({ ...good, schedule: "61 3 * * *" })).to.deep.equal([
            422,
            `${invalid}can't parse schedule: 61: value 61 out of valid range [0, 59]`,
        ]);
        expect(await refused({ ...good, schedule: "0 0 3 * * *" })).to.deep.equal([
            422,
            `${invalid}can't parse schedule: expected exactly 5 fields, found 6: [0 0 3 * * *]`,
        ]);
        expect(await refused({ ...good, timezone: "Mars/X" })).to.deep.equal([
            422,
            `${invalid}can't parse timezone: unknown time zone Mars/X`,
        ]);
        expect(await refused({ ...good, name: "" })).to.deep.equal([422, `${invalid}name is required`]);
        const [status, text] = await refused({ ...good, branch: "nope" });
        expect(status).to.equal(400);
        expect(text).to.match(/^Error inserting cron\. branch not resolved: /);
    });

    it("merges a change; a bad schedule is 400 there (transcript: PATCH cron/2)", async () => {
        const { admin } = world;
        expect(await admin.json("PATCH", `${path}/2`, { enabled: false })).to.include({
            name: "drift",
            enabled: false,
        });
        expect(await refused({ schedule: "nonsense" }, "PATCH", `${path}/2`)).to.deep.equal([
            400,
            "Error inserting cron. schedule could not parsed: cron parse schedule: expected exactly 5 fields, found 1: [nonsense]",
        ]);
        expect(await admin.json("PATCH", `${path}/2`, { branch: "", name: " " })).to.include({
            branch: "main",
            name: "drift",
        });
        expect(await refused({}, "PATCH", `${path}/999`)).to.deep.equal([404, ""]);
        expect(await admin.json<Cron>("PATCH", `${path}/2`, { enabled: true })).to.include({ enabled: true });
    });

    it("lists by name", async () => {
        const crons = await world.admin.json<{ name: string }[]>("GET", path);
        expect(crons.map(({ name }) => name)).to.deep.equal(["drift", "nightly"]);
    });

    it("runs now on request, with its variables; nothing to run is a 204 (transcript: run now)", async () => {
        const { admin, app } = world;
        const nothing = await admin.ask("POST", `${path}/2`);
        expect([nothing.status, nothing.headers.get("pipeline-filtered")]).to.deep.equal([204, "true"]);
        await app.workflows({
            "cron.yml": workflow(
                "cron",
                ", cron: drift",
                'echo "$CI_PIPELINE_EVENT/$CI_CRON_NAME app=$DEPLOY_APP ref=$CI_COMMIT_REF"',
            ),
            "other.yml": workflow("cron", ", cron: nightly", "echo other"),
        });
        const started = await admin.json<Pipeline>("POST", `${path}/2`);
        expect(started).to.deep.include({
            event: "cron",
            status: "pending",
            author: "",
            ref: "refs/heads/main",
            branch: "main",
            cron: "drift",
            message: "",
            variables: { DEPLOY_APP: "app" },
        });
        const pipeline = await admin.ended(repo, started.number);
        expect(pipeline).to.include({ status: "success", message: "drift", sender: "drift" });
        expect(pipeline.workflows?.map(({ name }) => name)).to.deep.equal(["cron"]);
        expect(await admin.log(repo, pipeline, "s")).to.include("cron/ app=app ref=refs/heads/main");
    });

    it("runs when it is due (transcript: cron fired)", async function () {
        this.timeout(150_000);
        const { admin } = world;
        await admin.ask("DELETE", `${path}/1`);
        await world.app.workflows({ "cron.yml": workflow("cron", ", cron: every", "echo due") });
        const cron = await admin.json<Cron>("POST", path, {
            name: "every",
            schedule: "@every 1s",
            branch: "main",
            enabled: true,
        });
        let fired: Pipeline | undefined;
        const fires = async (): Promise<boolean> => {
            const pipelines = await admin.json<Pipeline[]>("GET", `/api/repos/${repo}/pipelines?event=cron`);
            fired = pipelines.find((pipeline) => pipeline.cron === "every");
            return fired !== undefined;
        };
        // The real server looks once a minute.
        await until("the cron to fire", fires, 200, 130);
        expect(fired).to.include({ cron: "every" });
        const next = await admin.json<Cron>("GET", `${path}/${cron.id}`);
        expect(next.next_exec).to.be.greaterThan(cron.next_exec);
    });

    it("is gone after a removal (transcript: DELETE cron/2)", async () => {
        expect((await world.admin.ask("DELETE", `${path}/2`)).status).to.equal(204);
        expect((await world.admin.ask("DELETE", `${path}/2`)).status).to.equal(404);
    });
});

function workflow(event: string, filter: string, command: string): string {
    return [
        "skip_clone: true",
        `when: {event: ${event}${filter}}`,
        `steps: [{name: s, image: bash, commands: ['${command}']}]`,
        "",
    ].join("\n");
}
