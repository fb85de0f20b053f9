import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { parseHistory } from "../../../../jobs/drift/history/history.js";
import { DriftJob, type JobRun, type Summary } from "../../../support/drift/job.js";
import { type Mutation, mutations } from "../../../support/drift/mutations/index.js";
import { DriftReader } from "../../../support/drift/reader.js";
import { environment } from "../../../support/servers.js";
import { demandSuccess, stack } from "../../../support/stack.js";
import { waitFor } from "../../../support/waitFor.js";

/** Whether the sync has run lately is not this test's concern. */
const EXPECTED = '[{resource: "woodpecker secret *", reason: the sync has its own schedule}]';

type Found = Summary["found"][number];

function names({ where, at }: Mutation, { name, resource, paths }: Found): boolean {
    const fits = where.test(name) || where.test(resource);
    return fits && (at === undefined || paths.length === 0 || paths.some((path) => at.test(path)));
}

/** Names of the programs that a process has started. */
function startedBy(pid: number): string[] {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
    return children.filter(Boolean).map((child) => readFileSync(`/proc/${child}/comm`, "utf8").trim());
}

/** Leaves a lock as an `up` does that was killed. @returns what takes it away */
function lockState(): () => void {
    const state = new URL(environment("PULUMI_BACKEND_URL")).pathname;
    const directory = join(state, ".pulumi/locks/organization/cicd-pipeline/sandbox");
    const file = join(directory, "0b4dc0de-0000-4000-8000-000000000000.json");
    mkdirSync(directory, { recursive: true });
    writeFileSync(
        file,
        JSON.stringify({ pid: 1, username: "ops", hostname: "gone", timestamp: "2026-11-01T00:00:00Z" }),
    );
    return () => rmSync(file);
}

describe("the drift job", function () {
    this.timeout("15m");
    const job = new DriftJob();
    const catalogue = mutations.filter(({ what }) => !what.startsWith("a synced value"));
    const made: Mutation[] = [];
    let quiet: JobRun;
    let drifted: JobRun;

    const remembered = () => parseHistory(readFileSync(job.history, "utf8"), job.history).findings;
    const seenBy = (mutation: Mutation, who: Found["seenBy"]) =>
        drifted.summary.found.some((each) => each.seenBy === who && names(mutation, each));

    before(async () => {
        await stack.select();
        demandSuccess(await stack.up("--refresh", "--run-program"));
        quiet = await job.run({ EXPECTED });
        for (const mutation of catalogue) {
            await mutation.make();
            made.push(mutation);
        }
        const unlock = lockState();
        drifted = await job.run({ EXPECTED }).finally(unlock);
    });
    after(async () => {
        for (const { undo } of made.toReversed()) await undo?.();
        demandSuccess(await stack.up("--refresh", "--run-program"));
    });

    it("finds nothing with the engine after an up, and can look everywhere", () => {
        expect(quiet.summary.errors, quiet.stderr).to.equal(0);
        expect(quiet.summary.found.filter((each) => each.seenBy === "engine")).to.deep.equal([]);
        const secrets = quiet.summary.found.filter(({ resource }) => resource.includes("core/v1:Secret::"));
        expect(secrets, "a Secret that is sealed in the state").to.deep.equal([]);
    });

    it("finds everything that is done behind the program's back, beside the lock of an update that was killed", () => {
        expect(drifted.code, drifted.stderr).to.equal(7);
        const unseen = catalogue.filter((each) => !seenBy(each, "engine") && !seenBy(each, "audit"));
        expect(unseen.map(({ system, what }) => `${system}: ${what}`)).to.deep.equal([]);
    });

    for (const mutation of catalogue.filter(({ blind }) => blind)) {
        it(`sees what the engine misses: ${mutation.system}: ${mutation.what}`, () => {
            expect(seenBy(mutation, "engine"), "by the engine").to.equal(false);
            expect(seenBy(mutation, "audit"), "by the audit").to.equal(true);
        });
    }

    it("reports it without a secret", () => {
        for (const report of [job.report("drift.md"), job.report("drift.html"), drifted.stderr]) {
            for (const name of ["VAULT_TOKEN", "GITHUB_TOKEN", "WOODPECKER_TOKEN", "PULUMI_CONFIG_PASSPHRASE"]) {
                expect(report).not.to.include(environment(name));
            }
        }
    });

    it("calls nothing clean or resolved that it cannot look at", async () => {
        const known = remembered();
        const kubeconfig = join(mkdtempSync(join(tmpdir(), "kubeconfig-")), "config");
        writeFileSync(kubeconfig, readFileSync(environment("KUBECONFIG"), "utf8").replace(/:(\d+)$/m, ":9"));
        const faults: readonly Readonly<Record<string, string>>[] = [
            { VAULT_TOKEN: "hvs.expired" },
            { KUBECONFIG: kubeconfig },
            // Where no provider plugin is.
            { PULUMI_HOME: mkdtempSync(join(tmpdir(), "pulumi-home-")) },
        ];
        for (const fault of faults) {
            const { code, summary, stderr } = await job.run({ EXPECTED, ...fault });
            expect(code, stderr).to.equal(1);
            expect(summary).to.include({ clean: 0, errors: 1, resolved: 0 });
            expect(Object.keys(remembered())).to.include.members(Object.keys(known));
        }
    });

    it("remembers what it knew when it is ended", async () => {
        const known = remembered();
        const { code, summary } = await job.run({ EXPECTED }, (pid) => {
            void waitFor("the engine to be started", () => expect(startedBy(pid)).to.include("pulumi"), 120).then(() =>
                process.kill(pid, "SIGTERM"),
            );
        });
        expect(code).to.equal(1);
        expect(summary).to.include({ clean: 0, errors: 1 });
        expect(remembered()).to.have.all.keys(Object.keys(known));
    });

    it("needs no right to change anything in the cluster or in Vault, and has none", async () => {
        const reader = await DriftReader.make();
        try {
            const { code, summary, stderr } = await job.run({ EXPECTED, ...reader.environment });
            expect(code, stderr).to.equal(7);
            expect(summary.errors, stderr).to.equal(0);
            expect(summary.found.map(({ id }) => id)).to.include.members(drifted.summary.found.map(({ id }) => id));
            // The catalogue gives everybody rights in some namespaces, but not in this one.
            const place = ["-n", "travel-blog"];
            for (const args of [
                [...place, "get", "secrets"],
                [...place, "delete", "role", "cicd-deployer-travel-blog"],
                [...place, "create", "serviceaccount", "x"],
                ["-n", "monitoring", "patch", "cronjob", "registry-integrity-probe", "-p", "{}"],
            ]) {
                expect(() => reader.kubectl(...args), args.join(" ")).to.throw(/forbidden/i);
            }
            for (const [method, path] of [
                ["POST", "sys/policies/acl/woodpecker-deployer"],
                ["DELETE", "auth/kubernetes/role/woodpecker-deployer"],
                ["POST", "secret/data/ci/dockerhub"],
                ["POST", "kubernetes/creds/website-deployer"],
            ] as const) {
                expect(await reader.vaultStatus(method, path), path).to.equal(403);
            }
        } finally {
            await reader.remove();
        }
    });
});
