import { expect } from "chai";
import { appDocuments } from "../../../components/app/documents.js";
import { rawApp, settingsOf } from "../../support/settings.js";
import type { Start } from "../../support/triggers.js";
import { appTable, builtAppTable } from "./appTables.js";
import { type Client, type Pipeline, until } from "./client.js";
import type { GithubRepo } from "./githubRepo.js";
import { infraRepository, infraTable } from "./infraTable.js";
import { startWorld, type World } from "./world.js";

type Files = readonly { readonly path: string; readonly content: string }[];
const events = ["push", "manual", "deployment", "cron"];

/** Every file that is generated, compiled and filtered by a Woodpecker server, for each start that must and must not run it. */
describe("generated files, on Woodpecker", function () {
    this.timeout(60_000);
    let world: World;
    before(async function () {
        // As README.md asks for: without it the build steps block every pipeline of their repository.
        world = await startWorld(() => this.skip(), undefined, {
            WOODPECKER_PLUGINS_PRIVILEGED: "woodpeckerci/plugin-docker-buildx",
        });
    });
    after(() => world?.close());

    const appFiles = (build: string): Files => {
        const { delivery } = settingsOf({ website: rawApp({ build }) });
        return delivery.apps.flatMap((app) => appDocuments(app, { delivery, slack: true }));
    };

    describe("of an application", () => {
        let place: Place;
        before(async () => {
            place = await Place.make(world.admin, world.app, appFiles("github-actions"));
        });
        for (const [what, start, expected] of appTable.filter(([, start]) => !isForeign(start))) {
            it(`${what} runs ${expected.join(" and ") || "nothing"}`, async () => {
                expect(await place.start(start, expected.length > 0)).to.deep.equal(expected);
            });
        }
    });

    describe("of an application built on Woodpecker", () => {
        let place: Place;
        before(async () => {
            place = await Place.make(world.admin, world.app, appFiles("woodpecker"));
        });
        for (const [what, start, expected] of builtAppTable.filter(([, start]) => !isForeign(start))) {
            it(`${what} runs ${expected.join(" and ") || "nothing"}`, async () => {
                expect(await place.start(start, expected.length > 0)).to.deep.equal(expected);
            });
        }
    });

    describe("of the infra repository", () => {
        let place: Place;
        before(async () => {
            place = await Place.make(world.admin, world.infra, infraRepository("main").files);
        });
        for (const [what, start, expected] of infraTable.filter(([, start]) => !isForeign(start))) {
            // The server itself knows [CI SKIP], in any case.
            const skipped = start.event === "push" && start.variables?.CI_COMMIT_MESSAGE?.includes("[CI SKIP]");
            it(`${what} runs ${skipped ? "nothing" : expected.join(" and ") || "nothing"}`, async () => {
                const branch = start.branch === "master" ? "main" : start.branch;
                const wanted = skipped ? [] : [...expected];
                expect(await place.start({ ...start, branch }, wanted.length > 0)).to.have.members(wanted);
            });
        }
    });
});

/** What the emulated GitHub cannot send. */
function isForeign({ event }: Start): boolean {
    return !events.includes(event);
}

/** A registered repository with files and every secret that they name. */
class Place {
    private constructor(
        private readonly admin: Client,
        private readonly github: GithubRepo,
        private readonly repo: number,
    ) {}

    static async make(admin: Client, github: GithubRepo, files: Files): Promise<Place> {
        const repo = await admin.activate(await github.remoteId(), github.fullName);
        await admin.json("PATCH", `/api/repos/${repo}`, { allow_deploy: true });
        const workflows = files.filter(({ path }) => path.startsWith(".woodpecker/"));
        const named = workflows.flatMap(({ content }) =>
            [...content.matchAll(/from_secret: (\S+)/g)].map(([, n]) => n),
        );
        for (const name of new Set(named)) {
            await admin.ask("POST", `/api/repos/${repo}/secrets`, { name, value: "x", events });
        }
        await github.workflows({
            ...Object.fromEntries(workflows.map(({ path, content }) => [path.replace(".woodpecker/", ""), content])),
            // What a deployment starts from: it has to have been a pipeline before.
            "parent.yml":
                "skip_clone: true\nwhen: {event: manual, evaluate: 'PARENT == \"yes\"'}\nsteps: [{name: s, image: bash, commands: ['true']}]\n",
        });
        return new Place(admin, github, repo);
    }

    /**
     * @param isExpected whether anything is to run: only then a push can be waited for
     * @returns the workflows that ran
     */
    async start(start: Start, isExpected: boolean): Promise<string[]> {
        const { event, branch = "main", changed = [], cron = "", variables = {} } = start;
        const path = `/api/repos/${this.repo}/pipelines`;
        if (event === "manual") return this.#answered(await this.admin.ask("POST", path, { branch, variables }));
        if (event === "deployment") {
            const { number } = await this.admin.run(this.repo, { PARENT: "yes" });
            const { CI_PIPELINE_DEPLOY_TARGET: target = "production", ...others } = variables;
            const query = new URLSearchParams({ event, deploy_to: target, ...others });
            const started = await this.admin.ask("POST", `${path}/${number}?${query}`);
            await this.admin.ask("POST", `${path}/${number}/cancel`);
            return (await this.#answered(started)).filter((name) => name !== "parent");
        }
        if (event === "cron") return this.#cron(cron || "any");
        return this.#push(branch, changed[0] ?? "README.md", variables.CI_COMMIT_MESSAGE, isExpected);
    }

    async #push(branch: string, file: string, message: string | undefined, isExpected: boolean): Promise<string[]> {
        if (branch !== "main") await this.#makeBranch(branch);
        const sha = await this.github.put(file, `${Math.random()}`, message, branch);
        const path = `/api/repos/${this.repo}/pipelines`;
        const find = async () =>
            (await this.admin.json<Pipeline[]>("GET", path)).find(
                ({ commit, event }) => commit === sha && event === "push",
            );
        if (!isExpected) await this.#quiet();
        else {
            // A pipeline is listed before it is compiled.
            await until("the push to be a pipeline", async () => {
                const { number } = (await find()) ?? {};
                if (number === undefined) return false;
                const { workflows = [], status } = await this.admin.json<Pipeline>("GET", `${path}/${number}`);
                return workflows.length > 0 || status === "error";
            });
        }
        const found = await find();
        return found ? this.#end(found.number) : [];
    }

    /** Until GitHub has sent nothing for two seconds. */
    async #quiet(): Promise<void> {
        let seen: unknown;
        const look = async () => {
            const before = seen;
            const [hook] = await this.github.get<{ id: number }[]>("/hooks");
            const [last] = await this.github.get<{ id: number }[]>(`/hooks/${hook?.id}/deliveries`);
            seen = last?.id;
            return seen !== undefined && seen === before;
        };
        await until("GitHub to be quiet", look, 2000);
    }

    async #makeBranch(branch: string): Promise<void> {
        const { commit } = await this.github.get<{ commit: { sha: string } }>("/branches/main");
        await this.github.post("/git/refs", { ref: `refs/heads/${branch}`, sha: commit.sha }).catch(() => undefined);
    }

    async #cron(name: string): Promise<string[]> {
        const path = `/api/repos/${this.repo}/cron`;
        const { id } = await this.admin.json<{ id: number }>("POST", path, {
            name,
            schedule: "0 0 1 1 *",
            branch: "main",
            enabled: false,
        });
        const answer = await this.admin.ask("POST", `${path}/${id}`);
        await this.admin.ask("DELETE", `${path}/${id}`);
        return this.#answered(answer);
    }

    async #answered({ status, text, headers }: { status: number; text: string; headers: Headers }): Promise<string[]> {
        if (status === 204) {
            expect(headers.get("pipeline-filtered")).to.equal("true");
            return [];
        }
        expect(status, text).to.equal(200);
        return this.#end((JSON.parse(text) as Pipeline).number);
    }

    /** @returns the workflows of a pipeline, which runs no longer then */
    async #end(number: number): Promise<string[]> {
        const path = `/api/repos/${this.repo}/pipelines/${number}`;
        const { workflows = [], errors, status } = await this.admin.json<Pipeline>("GET", path);
        expect(status, JSON.stringify(errors)).to.not.equal("error");
        await this.admin.ask("POST", `${path}/cancel`);
        return workflows.map(({ name }) => name);
    }
}
