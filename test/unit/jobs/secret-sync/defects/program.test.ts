import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { syncAlertRules } from "../../../../../components/woodpecker/syncAlertRules.js";
import { syncCronJobSpec } from "../../../../../components/woodpecker/syncCronJob.js";
import { syncRules } from "../../../../../components/woodpecker/syncPolicy.js";
import { images } from "../../../../../config/images.js";
import { parseSettings } from "../../../../../config/parse.js";
import { exitCodeOf } from "../../../../../jobs/secret-sync/sync.js";
import { HttpStub } from "../../../../support/httpStub.js";
import { describeDefects } from "../../../../support/secretSync/defects.js";
import { startSync } from "../../../../support/secretSync/program.js";
import type { StubWorld } from "../../../../support/secretSync/world.js";
import { rawSettings } from "../../../../support/settings.js";
import { waitFor } from "../../../../support/waitFor.js";

function declared() {
    const sync = parseSettings(rawSettings({ apps: {}, secretSync: {} })).secretSync;
    if (!sync) throw new Error("no sync");
    const spec = syncCronJobSpec({ sync, image: images.parse({}).node, programHash: "abc" });
    return { sync, pod: spec.jobTemplate.spec.template.spec };
}

/** Environment of the program itself, for a run on the stubs. */
function environmentOf(world: StubWorld, directory: string): Record<string, string> {
    writeFileSync(join(directory, "jwt"), `${world.vault.jwt}\n`, { mode: 0o600 });
    return {
        MODE: "apply",
        VAULT_ADDR: world.toVault.url,
        VAULT_JWT_FILE: join(directory, "jwt"),
        WOODPECKER_SERVER: world.toWoodpecker.url,
        WOODPECKER_TOKEN_PATH: "ci/secret-sync#woodpecker-token",
        FINGERPRINT_KEY_PATH: "ci/secret-sync#fingerprint-key",
        INSTANCE: world.owner,
    };
}

async function inDirectory(work: (directory: string) => Promise<void>): Promise<void> {
    const directory = mkdtempSync(join(tmpdir(), "secret-sync-"));
    try {
        await work(directory);
    } finally {
        rmSync(directory, { recursive: true });
    }
}

describeDefects("the program", {
    8: [
        "no secret is in argv, nor in the environment",
        async (world) => {
            world.holds({ a: "a-value-that-is-secret" });
            world.toWoodpecker.rule = () => ({ delayMs: 300 });
            await inDirectory(async (directory) => {
                const { child, end } = startSync(environmentOf(world, directory));
                await waitFor("the first request", () => {
                    if (world.toWoodpecker.requests.length === 0) throw new Error("none yet");
                });
                const seen = ["cmdline", "environ"]
                    .map((file) => readFileSync(`/proc/${child.pid}/${file}`, "utf8"))
                    .join();
                for (const secret of [
                    "a-value-that-is-secret",
                    world.vault.jwt,
                    world.woodpecker.token,
                    world.fingerprintKey,
                ]) {
                    expect(seen).to.not.contain(secret);
                }
                expect((await end).code).to.equal(0);
            });
        },
    ],
    12: [
        "every run leaves metrics, and there are alerts on them",
        async (world) => {
            const gateway = await HttpStub.start();
            const route = "metrics/job/secret-sync/instance/test";
            gateway.on(`PUT /${route}`, { status: 200 }).on(`POST /${route}`, { status: 200 });
            world.holds({ a: "1" });
            await inDirectory(async (directory) => {
                const environment = { ...environmentOf(world, directory), PUSHGATEWAY_URL: gateway.url };
                expect((await startSync(environment).end).code).to.equal(0);
                world.vault.sealed = true;
                expect((await startSync({ ...environment, DEADLINE_SECONDS: "2" }).end).code).to.equal(1);
            });
            await gateway.stop();
            expect(gateway.requests.map(({ method }) => method)).to.deep.equal(["PUT", "POST"]);
            const [good = "", bad = ""] = gateway.requests.map(({ body }) => body);
            for (const name of [
                "last_success_timestamp_seconds",
                "managed",
                "created 1",
                "changed",
                "pruned",
                "failed 0",
                "success 1",
            ]) {
                expect(good).to.contain(`\nsecret_sync_${name}`);
            }
            expect(bad).to.contain("\nsecret_sync_success 0").and.to.not.contain("last_success");
            const names = syncAlertRules({ instance: "x", staleAfterSeconds: 1 }).groups[0]?.rules.map(
                ({ alert }) => alert,
            );
            expect(names).to.include.members(["SecretSyncFailing", "SecretSyncStale", "SecretSyncAbsent"]);
        },
    ],
    14: [
        "the Vault token is given back, also after a failure and when the pod is ended",
        async (world) => {
            world.holds({ a: "1" });
            await world.sync();
            world.holds({});
            expect(exitCodeOf(await world.sync())).to.equal(1);
            expect(world.vault.revoked).to.have.lengthOf(2);
            world.holds({ a: "3" });
            world.toWoodpecker.rule = () => ({ delayMs: 3000 });
            await inDirectory(async (directory) => {
                const { child, end } = startSync(environmentOf(world, directory));
                await waitFor("the first page", () => {
                    if (world.toWoodpecker.requests.length < 1) throw new Error("none yet");
                });
                child.kill("SIGTERM");
                expect((await end).code).to.equal(1);
            });
            expect(world.vault.revoked).to.have.lengthOf(3);
            expect([...world.vault.tokens]).to.deep.equal([world.vault.root]);
        },
    ],
    15: [
        "Woodpecker's token is on a path of its own",
        async () => {
            const { sync } = declared();
            expect(sync.mapping.entries.map(({ path }) => path)).to.not.include(sync.woodpeckerToken.path);
            expect(() =>
                parseSettings(
                    rawSettings({ apps: {}, secretSync: { woodpeckerToken: { path: "ci/global", key: "t" } } }),
                ),
            ).to.throw("keep it on a path of its own");
        },
    ],
    16: [
        "the role is of an account of its own, for exact paths",
        async () => {
            const { sync, pod } = declared();
            expect(pod.serviceAccountName).to.equal("secret-sync");
            expect(syncRules(sync).map(({ path }) => path)).to.deep.equal([
                "auth/token/revoke-self",
                "secret/data/ci/global",
                "secret/data/ci/secret-sync",
            ]);
        },
    ],
    19: [
        "nothing is installed at run time: one file in a pinned image",
        async () => {
            const [container] = declared().pod.containers;
            expect(container?.image).to.match(/@sha256:[0-9a-f]{64}$/);
            expect(container?.command.at(0)).to.equal("node");
            expect(container?.command.at(-1)).to.equal("/program/secret-sync.js");
        },
    ],
});
