import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { readerRules } from "../../../../components/drift/readerRules.js";
import { parseHistory } from "../../../../jobs/drift/history/history.js";
import { DriftJob, type JobRun, type Summary } from "../../../support/drift/job.js";
import { type Mutation, mutations } from "../../../support/drift/mutations.js";
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
        drifted = await job.run({ EXPECTED });
    });
    after(async () => {
        for (const { undo } of made.toReversed()) await undo?.();
        demandSuccess(await stack.up("--refresh", "--run-program"));
    });

    it("finds nothing with the engine after an up, and can look everywhere", () => {
        expect(quiet.summary.errors, quiet.stderr).to.equal(0);
        expect(quiet.summary.found.filter((each) => each.seenBy === "engine")).to.deep.equal([]);
    });

    it("finds everything that is done behind the program's back", () => {
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

    it("needs no right to change anything in the cluster", () => {
        const name = "drift-reader-test";
        const kubectl = (args: readonly string[], input?: string) =>
            execFileSync("kubectl", args, { encoding: "utf8", input, stdio: ["pipe", "pipe", "pipe"] });
        const rules = readerRules(["registry-integrity-probe"]);
        const api = "rbac.authorization.k8s.io";
        const items = [
            { apiVersion: `${api}/v1`, kind: "ClusterRole", metadata: { name }, rules },
            {
                apiVersion: `${api}/v1`,
                kind: "ClusterRoleBinding",
                metadata: { name },
                roleRef: { apiGroup: api, kind: "ClusterRole", name },
                subjects: [{ apiGroup: api, kind: "User", name }],
            },
        ];
        kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
        try {
            // The catalogue gives everybody rights in some namespaces, but not in this one.
            const as = (...args: string[]) => kubectl(["--as", name, ...args]);
            for (const kind of ["roles", "rolebindings", "cronjobs", "configmaps", "serviceaccounts"]) {
                expect(as("get", kind, "-A", "-o", "name")).to.be.a("string");
            }
            expect(() => as("-n", "travel-blog", "get", "secrets")).to.throw(/forbidden/i);
            expect(() => as("-n", "travel-blog", "delete", "role", "cicd-deployer-travel-blog")).to.throw(/forbidden/i);
            expect(() => as("-n", "travel-blog", "create", "serviceaccount", "x")).to.throw(/forbidden/i);
            expect(() => as("-n", "monitoring", "patch", "cronjob", "registry-integrity-probe", "-p", "{}")).to.throw(
                /forbidden/i,
            );
        } finally {
            kubectl(["delete", "clusterrole,clusterrolebinding", name]);
        }
    });
});
