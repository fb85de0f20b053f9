import { expect } from "chai";
import { endsWith } from "../../support/outcome.js";
import { planted, Surroundings } from "./surroundings.js";

describe("the Woodpecker provider with the real engine", function () {
    this.timeout(300_000);
    let here: Surroundings;

    before(async function () {
        here = await Surroundings.start(() => this.skip());
    });
    beforeEach(() => here.clear());
    after(() => here?.stop());

    it("declares one of everything, previews clean, and leaves nothing active behind", async () => {
        const stack = await here.stack();
        const up = await endsWith(0, stack.up());
        expect(up.outputs).to.include({ repositoryId: await here.repositoryId(), active: true, adopted: false });
        expect(await here.repository()).to.include({ active: true, timeout: 30, allow_deploy: true });
        expect(await here.cron()).to.include({ enabled: true, timezone: "UTC", branch: "main" });

        await endsWith(0, stack.preview());
        const drift = await stack.drift();
        expect([drift.exitCode, drift.changes], "preview with refresh").to.deep.equal([0, []]);

        await stack.stop();
        const left = (await here.listing()) as Record<string, unknown>;
        expect(left.active).to.equal(false);
        for (const [path, rows] of Object.entries(left)) {
            if (path.startsWith("/api")) expect(rows, path).to.deep.equal([]);
        }
    });

    it("shows and mends what was changed behind its back", async () => {
        const stack = await here.stack();
        await stack.declare();
        const declared = await here.listing();
        const id = await here.repositoryId();
        const { id: organization } = await here.admin.json("GET", "/api/orgs/lookup/acme");
        const cron = `/api/repos/${id}/cron/${(await here.cron()).id}`;
        const rounds: Record<string, [method: string, path: string, body?: object]>[] = [
            {
                "update app": ["PATCH", `/api/repos/${id}`, { timeout: 99 }],
                "update nightly": ["PATCH", cron, { enabled: false }],
                "create secret": ["DELETE", `/api/repos/${id}/secrets/webhook`],
                "update global": ["PATCH", "/api/secrets/everywhere", { events: ["push"] }],
                "create registry": ["DELETE", `/api/repos/${id}/registries/registry.example.org:5050`],
            },
            {
                "update app": ["DELETE", `/api/repos/${id}`],
                "create nightly": ["DELETE", cron],
                "update secret": ["PATCH", `/api/repos/${id}/secrets/webhook`, { images: ["plugins/slack"] }],
                "create organization": ["DELETE", `/api/orgs/${organization}/secrets/ours`],
            },
        ];
        for (const round of rounds) {
            for (const [method, path, body] of Object.values(round)) {
                const { status, text } = await here.admin.ask(method, path, body);
                expect(status, `${method} ${path}: ${text}`).to.be.oneOf([200, 204]);
            }
            const drift = await endsWith(7, stack.drift());
            expect(drift.changes).to.have.members(Object.keys(round));
            await endsWith(0, stack.up({ refresh: true }));
            expect(await here.listing()).to.deep.equal(declared);
        }
        await endsWith(0, stack.drift());
        await stack.stop();
    });

    it("follows a repository that was removed and has to be registered anew", async () => {
        const stack = await here.stack();
        await stack.declare();
        const id = await here.repositoryId();
        await here.admin.ask("DELETE", `/api/repos/${id}?remove=true`);
        await endsWith(7, stack.drift());
        await endsWith(0, stack.up({ refresh: true }));
        expect(await here.repositoryId()).to.be.greaterThan(id);
        expect(await here.cron()).to.include({ enabled: true });
        await endsWith(0, stack.drift());
        await stack.stop();
    });

    it("carries changes of the program to the server, and takes back what is no longer said", async () => {
        const stack = await here.stack();
        await stack.declare();
        stack.program = here.program({
            repository: { timeout: undefined, visibility: "internal" },
            secret: { value: "planted-other-value", note: "rotated" },
            cron: { branch: undefined, schedule: "@daily" },
        });
        const preview = await stack.preview();
        expect(preview.changes).to.have.members(["update app", "update secret", "update nightly"]);
        await endsWith(0, stack.up());
        expect(await here.repository()).to.include({ timeout: 60, visibility: "internal" });
        expect(await here.cron()).to.include({ branch: "", schedule: "@daily", enabled: true });
        await endsWith(0, stack.drift());
        await stack.stop();
    });

    it("keeps secret values out of state, backups, events and output", async () => {
        const token = here.token;
        const stack = await here.stack({ provider: { token } });
        const texts = [(await stack.up()).text, (await stack.drift()).text];
        stack.program = here.program({ provider: { token }, secret: { value: "planted-second-value", events: [] } });
        texts.push((await stack.preview()).text, (await stack.up()).text);
        stack.program = here.program({ provider: { token }, secret: { value: "planted-third-value" } });
        texts.push((await stack.preview()).text, (await stack.up()).text, stack.stored);
        texts.push((await stack.destroy()).text, stack.stored);
        const values = [...Object.values(planted), "planted-second-value", "planted-third-value", token];
        for (const text of texts) {
            for (const value of values) {
                const at = text.indexOf(value);
                expect(at < 0 ? "" : text.slice(at - 300, at + 200), value).to.equal("");
            }
        }
        expect(texts.join(""), "it did say something").to.include("RepositorySecret");
        await stack.stop();
    });

    it("reports every complaint about inputs at once, without touching the server", async () => {
        const stack = await here.stack({
            repository: { timeout: 0, requireApproval: "all" as "none", netrcTrusted: [5 as unknown as string] },
        });
        here.weather.set();
        const preview = await endsWith(1, stack.preview());
        for (const words of ["[timeout] 0", '[requireApproval] "all"', "[netrcTrusted] [5]"]) {
            expect(preview.errors.join("\n")).to.include(words);
        }
        expect(here.weather.writes).to.deep.equal([]);
        await stack.stop();
    });
});
