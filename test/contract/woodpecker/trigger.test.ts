import { expect } from "chai";
import { triggerScript } from "../../../components/github/triggerScript.js";
import { type Fault, FaultProxy, type Passed } from "../../support/faultProxy.js";
import { freePort } from "../../support/server.js";
import { runScript, type ShellResult } from "../../support/shell.js";
import { type Client, type Pipeline, until } from "./client.js";
import { startWorld, type World } from "./world.js";

const deploy = (command: string, event = "manual") => `
skip_clone: true
when: {event: ${event}, evaluate: 'DEPLOY_APP == "app" && IMAGE_TAG matches "^[0-9a-f]{8}$"'}
steps: [{name: deploy, image: bash, commands: [${JSON.stringify(command)}]}]
`;
const works = { "deploy.yml": deploy("echo == deployed") };
/** A step that lasts until it is ended. */
const endless = deploy("sleep 60");

interface Outcome {
    readonly what: string;
    readonly code: number;
    readonly says: RegExp;
    /** Files in `.woodpecker/`. @default a deploy that works */
    readonly files?: Readonly<Record<string, string>>;
    readonly env?: (world: World) => Record<string, string> | Promise<Record<string, string>>;
    /** What befalls the script's requests on their way. */
    readonly fault?: (request: Passed, earlier: number) => Fault | undefined;
    /** Happens while the script follows the pipeline with this number. */
    readonly meanwhile?: (pipeline: string, admin: Client) => Promise<unknown>;
}

const isStart = ({ method }: Passed) => method === "POST";

const outcomes: readonly Outcome[] = [
    { what: "deployed", code: 0, says: /^deployed: app 0123abcd$/m },
    {
        what: "filtered: deploy.yml accepts deployments only",
        code: 3,
        says: /no workflow on branch main matches DEPLOY_APP=app IMAGE_TAG=0123abcd: nothing was deployed \(204, filtered\)/,
        files: { "deploy.yml": deploy("true", "deployment") },
    },
    {
        what: "filtered: the deploy of another application",
        code: 3,
        says: /matches DEPLOY_APP=website .* \(204, filtered\)/,
        env: () => ({ DEPLOY_APP: "website" }),
    },
    {
        what: "the configuration cannot be fetched: a directory inside of .woodpecker/",
        code: 4,
        says: /could not fetch the configuration from branch main: nothing was deployed \(204\)/,
        files: { ...works, "parts/common.yml": "a: b\n" },
    },
    {
        what: "created with an error: a secret that is not there",
        code: 5,
        says: /secret "vault_token" not found[\s\S]*created pipeline \d+ with an error: nothing was deployed/,
        files: {
            "deploy.yml": works["deploy.yml"].replace(
                "image: bash",
                "image: bash, environment: {T: {from_secret: vault_token}}",
            ),
        },
    },
    {
        what: "another workflow ran",
        code: 6,
        says: /pipeline \d+ runs "release" on event manual, not the workflow deploy on event manual/,
        files: { "release.yml": works["deploy.yml"] },
    },
    {
        what: "the deploy step failed",
        code: 7,
        says: /step deploy of workflow deploy: failure, exit code 3[\s\S]*ErrImagePull[\s\S]*the deploy of app 0123abcd failed/,
        files: { "deploy.yml": deploy("echo == deploy; echo error: ErrImagePull; exit 3") },
    },
    {
        what: "it takes longer than it may",
        code: 8,
        says: /pipeline \d+ is "(pending|running)" after 1 seconds/,
        files: { "deploy.yml": endless },
        env: () => ({ POLL_LIMIT_SECONDS: "1" }),
    },
    {
        what: "401: the token is nobody's",
        code: 9,
        says: /refuses the token \(401\)/,
        env: () => ({ WOODPECKER_TOKEN: "header.recognisable.signature" }),
    },
    {
        what: "404: the repository is not there",
        code: 10,
        says: /has no repository acme\/elsewhere/,
        env: () => ({ GITHUB_REPOSITORY: "acme/elsewhere" }),
    },
    {
        what: "404: the token's user may not push",
        code: 10,
        says: /has no repository \S+, or the token's user may not push to it \(404\)/,
        env: async ({ login }) => ({ WOODPECKER_TOKEN: (await login("stranger")).token ?? "" }),
    },
    {
        what: "5xx to the end of its tries: a branch that is not there",
        code: 12,
        says: /answers 500 .*, 2 times[\s\S]*branch nowhere does not exist/,
        env: () => ({ BRANCH: "nowhere", ATTEMPTS: "2" }),
    },
    {
        what: "deployed after a 5xx of a gateway at the start, and one on the way",
        code: 0,
        says: /answers 503[\s\S]*try 1 of[\s\S]*deployed: app 0123abcd/,
        fault: (request, earlier) =>
            earlier === 0 && (isStart(request) || /pipelines\/\d+$/.test(request.path)) ? { status: 503 } : undefined,
    },
    {
        what: "deployed once, though the answer to the start was lost",
        code: 0,
        says: /had arrived all the same: pipeline \d+[\s\S]*deployed/,
        fault: (request) => (isStart(request) ? "cut after" : undefined),
    },
    {
        what: "nobody listens",
        code: 12,
        says: /no answer from http:\/\/127\.0\.0\.1:\d+ \(.*(refused|connect).*\), 2 times/i,
        env: async () => ({ WOODPECKER_URL: `http://127.0.0.1:${await freePort()}`, ATTEMPTS: "2" }),
    },
    {
        what: "ended by a person",
        code: 13,
        says: /was ended: killed/,
        files: { "deploy.yml": endless },
        meanwhile: (number, admin) => admin.ask("POST", `${number}/cancel`),
    },
];

describe("the trigger script, on Woodpecker", function () {
    this.timeout(60_000);
    let world: World;
    let repo: number;
    let proxy: FaultProxy;
    before(async function () {
        world = await startWorld(() => this.skip());
        repo = await world.admin.activate(await world.app.remoteId(), "acme/app");
        proxy = await FaultProxy.start(world.url);
    });
    after(async () => {
        await proxy?.stop();
        await world?.close();
    });
    beforeEach(() => proxy.reset());

    const run = (env: Readonly<Record<string, string>> = {}): Promise<ShellResult> =>
        runScript("file", ["bash", "--noprofile", "--norc", "-eo", "pipefail"], triggerScript, {
            WOODPECKER_URL: proxy.url,
            WOODPECKER_REPO_ID: String(repo),
            WOODPECKER_TOKEN: world.bot.token ?? "",
            GITHUB_REPOSITORY: "acme/app",
            DEPLOY_APP: "app",
            IMAGE_TAG: "0123abcd",
            BRANCH: "main",
            POLL_SECONDS: "0.1",
            RETRY_SECONDS: "0.1",
            ...env,
        });
    const pipelines = () => world.admin.json<Pipeline[]>("GET", `/api/repos/${repo}/pipelines`);

    for (const { what, code, says, files = works, env, fault, meanwhile } of outcomes) {
        it(`ends with ${code}: ${what}`, async () => {
            await place(files);
            const [latest] = await pipelines();
            if (fault) proxy.rule = fault;
            const running = run(await env?.(world));
            if (meanwhile) {
                const path = `/api/repos/${repo}/pipelines/${(latest?.number ?? 0) + 1}`;
                await until("the step to run", async () => {
                    return (await world.admin.json<Pipeline>("GET", path)).status === "running";
                });
                await meanwhile(path, world.admin);
            }
            const { code: ended, output } = await running;
            expect(output).to.match(says).and.not.contain(world.bot.token).and.not.contain("recognisable");
            expect(ended).to.equal(code);
            if (code !== 0) expect(output).to.match(/^next: /m);
            const made = (await pipelines()).filter(({ number }) => number > (latest?.number ?? 0));
            expect(made.length, "never twice").to.be.at.most(1);
            for (const { number } of made)
                await world.admin.ask("POST", `/api/repos/${repo}/pipelines/${number}/cancel`);
        });
    }

    it("ends with 11, and starts nothing, when the repository has another id since the server was rebuilt", async () => {
        await place(works);
        await world.admin.json("DELETE", `/api/repos/${repo}?remove=true`);
        const now = await world.admin.activate(await world.app.remoteId(), "acme/app");
        expect(now).to.not.equal(repo);
        const { code, output } = await run();
        expect(output).to.match(new RegExp(`acme/app has the id ${now} in Woodpecker, not ${repo}[\\s\\S]*to ${now}`));
        expect(code).to.equal(11);
        expect(proxy.writes).to.deep.equal([]);
        repo = now;
    });

    it("ends with 10 when the repository was deactivated", async () => {
        await world.admin.json("DELETE", `/api/repos/${repo}`);
        const { code, output } = await run();
        expect(output).to.contain("is registered in Woodpecker but not active");
        expect(code).to.equal(10);
    });

    /** Leaves exactly these files in `.woodpecker/`, those in directories too. */
    async function place(files: Readonly<Record<string, string>>): Promise<void> {
        await world.app.remove(".woodpecker/parts/common.yml", "tidy up [skip ci]");
        await world.app.workflows(files);
    }
});
