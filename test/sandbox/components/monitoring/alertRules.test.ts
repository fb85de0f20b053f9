import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { stringify } from "yaml";
import { alertRules } from "../../../../components/monitoring/alertRules.js";

const labels = 'job="registry-integrity-probe",instance="r"';
const PREFIX = "registry_manifest_integrity";
const failed = (kind: string, name: string) =>
    `${PREFIX}_failure_info{${labels},repository="team/app",tag="v1",digest="sha256:a",kind="${kind}",class="${name}"}`;
const broken = failed("manifest", "missing_child");
/** Twenty hours of samples, one a minute; a run every quarter of an hour. */
const MINUTES = 1200;

interface Series {
    readonly series: string;
    readonly values: string;
}

/** A gauge that is set at each run. @param value of the run at a minute; none: the run does not have it */
function pushed(name: string, value: (minute: number) => number | undefined): Series {
    const values = Array.from({ length: MINUTES }, (_, minute) => value(minute - (minute % 15)) ?? "_");
    return { series: name.includes("{") ? name : `${name}{${labels}}`, values: values.join(" ") };
}

const atRun = (minute: number) => minute * 60;
const always = (value: number) => () => value;
/** What a probe pushes that runs and sees everything. */
const healthy: Readonly<Record<string, Series>> = {
    complete: pushed(`${PREFIX}_complete`, always(1)),
    accessible: pushed(`${PREFIX}_catalog_accessible`, always(1)),
    repositories: pushed(`${PREFIX}_repos_checked`, always(10)),
    lastRun: pushed(`${PREFIX}_last_run_timestamp`, atRun),
    success: pushed(`registry_integrity_last_success_timestamp_seconds{${labels},kind="success"}`, atRun),
    pushTime: pushed(`push_time_seconds{${labels}}`, atRun),
    pushFailure: pushed(`push_failure_time_seconds{${labels}}`, always(0)),
};

const sampling = { blobs: "sample", schedule: "*/15 * * * *" } as const;

describe("the alert rules of the integrity probe, by promtool", function () {
    this.timeout(30_000);
    let directory: string;
    const rules = alertRules({
        instance: "r",
        shards: 1,
        staleAfterSeconds: 3600,
        runbookUrl: "https://docs.example.org/r",
        ...sampling,
    });

    before(() => {
        directory = mkdtempSync(join(tmpdir(), "rules-"));
    });
    after(() => rmSync(directory, { recursive: true }));

    /** The alerts that fire at a minute, by name: those of which promtool complains when none is expected. */
    function firing(minute: number, series: readonly Series[], ruleSet = rules): string[] {
        const names = (ruleSet.groups[0]?.rules ?? []).map(({ alert }) => alert);
        const expectations = names.map((alertname) => ({ alertname, exp_alerts: [] }));
        const { stdout, stderr } = test(minute, series, ruleSet, expectations);
        return names.filter((name) => `${stdout}${stderr}`.includes(`alertname: ${name},`));
    }

    function test(minute: number, series: readonly Series[], ruleSet: object, expectations: readonly object[]) {
        writeFileSync(join(directory, "rules.yml"), stringify(ruleSet));
        writeFileSync(
            join(directory, "test.yml"),
            stringify({
                rule_files: ["rules.yml"],
                evaluation_interval: "1m",
                tests: [
                    {
                        interval: "1m",
                        input_series: series,
                        alert_rule_test: expectations.map((expected) => ({ eval_time: `${minute}m`, ...expected })),
                    },
                ],
            }),
        );
        const result = spawnSync("promtool", ["test", "rules", join(directory, "test.yml")], { encoding: "utf8" });
        expect(result.stdout + result.stderr).not.to.contain("error parsing");
        return result;
    }

    it("are accepted by promtool", () => {
        writeFileSync(join(directory, "rules.yml"), stringify(rules));
        const sharded = alertRules({ instance: 'odd"name', shards: 4, staleAfterSeconds: 600, ...sampling });
        writeFileSync(join(directory, "sharded.yml"), stringify(sharded));
        for (const file of ["rules.yml", "sharded.yml"]) {
            execFileSync("promtool", ["check", "rules", join(directory, file)], { stdio: "pipe" });
        }
    });

    it("are silent for a sound registry", () => {
        for (const minute of [60, 200]) expect(firing(minute, Object.values(healthy))).to.deep.equal([]);
    });

    it("name the broken image, two runs after it broke", () => {
        const series = [...Object.values(healthy), pushed(broken, (minute) => (minute >= 60 ? 1 : undefined))];
        expect(firing(79, series)).to.deep.equal([]);
        const expected = {
            exp_labels: {
                severity: "critical",
                job: "registry-integrity-probe",
                instance: "r",
                repository: "team/app",
                tag: "v1",
                digest: "sha256:a",
                kind: "manifest",
                class: "missing_child",
            },
            exp_annotations: {
                summary: "team/app:v1 is broken in the registry r",
                description:
                    "missing_child: sha256:a. Pulls of this image fail or will fail; " +
                    "repair it before the registry's next garbage collection.",
                runbook_url: "https://docs.example.org/r#registrymanifestintegrityfailure",
            },
        };
        const result = test(82, series, rules, [
            { alertname: "RegistryManifestIntegrityFailure", exp_alerts: [expected] },
        ]);
        expect(result.status, result.stdout + result.stderr).to.equal(0);
    });

    it("end with the repair", () => {
        const series = [...Object.values(healthy), pushed(broken, (minute) => (minute < 120 ? 1 : undefined))];
        expect(firing(110, series)).to.deep.equal(["RegistryManifestIntegrityFailure"]);
        expect(firing(130, series)).to.deep.equal([]);
    });

    it("hold a failure that a run within its budget does not see every time", () => {
        const partial = { ...healthy, complete: pushed(`${PREFIX}_complete`, always(0)) };
        const series = [...Object.values(partial), pushed(broken, (minute) => (minute % 45 === 0 ? 1 : undefined))];
        expect(firing(200, series)).to.include("RegistryManifestIntegrityFailure");
    });

    it("hold it for four runs, however far they are apart", () => {
        const hourly = { ...sampling, schedule: "0 * * * *" };
        const patient = alertRules({ instance: "r", shards: 1, staleAfterSeconds: 9000, ...hourly });
        const partial = { ...healthy, complete: pushed(`${PREFIX}_complete`, always(0)) };
        // Each is pushed four times before the next run replaces it.
        const seen = pushed(broken, (minute) => (Math.floor(minute / 60) % 4 === 0 ? 1 : undefined));
        for (const minute of [230, 470]) {
            expect(firing(minute, [...Object.values(partial), seen], patient), `minute ${minute}`).to.include(
                "RegistryManifestIntegrityFailure",
            );
        }
    });

    describe("with a sample of the blobs", () => {
        const failure = "RegistryManifestIntegrityFailure";
        const blob = failed("blob", "truncated_blob");
        /** Seen broken by these runs, each of which looks at other blobs than those between. */
        const seenAt = (series: string, ...minutes: readonly number[]) => [
            ...Object.values(healthy),
            pushed(series, (minute) => (minutes.includes(minute) ? 1 : undefined)),
        ];

        it("name a broken blob from the one run in 23 that looks at it until the next one does", () => {
            const series = seenAt(blob, 60, 60 + 23 * 15);
            for (const minute of [85, 200, 400, 405, 425, 600]) {
                expect(firing(minute, series), `minute ${minute}`).to.deep.equal([failure]);
            }
            expect(firing(79, series)).to.deep.equal([]);
        });

        it("end soon after the run that finds the blob mended", () => {
            const series = seenAt(blob, 60);
            expect(firing(60 + 23 * 15 + 15, series)).to.deep.equal([failure]);
            for (const minute of [60 + 23 * 15 + 45, 800]) expect(firing(minute, series)).to.deep.equal([]);
        });

        it("bear with a look that comes one run late", () => {
            const series = seenAt(blob, 60, 60 + 24 * 15);
            for (const minute of [400, 419, 430]) expect(firing(minute, series)).to.deep.equal([failure]);
        });

        it("do not hold what is broken about a manifest, which every run looks at", () => {
            for (const name of ["missing_child", "unreadable", "size_mismatch"]) {
                for (const minute of [85, 200]) {
                    expect(firing(minute, seenAt(failed("manifest", name), 60)), name).to.deep.equal([]);
                }
            }
        });

        it("hold nothing where every run looks at all blobs", () => {
            const all = alertRules({ instance: "r", shards: 1, staleAfterSeconds: 3600, ...sampling, blobs: "all" });
            expect(firing(85, seenAt(blob, 60), all)).to.deep.equal([]);
            expect(firing(85, seenAt(blob, 60, 75), all)).to.deep.equal([failure]);
        });
    });

    it("fire for a probe that has stopped, and no more for what it saw long ago", () => {
        const stopped = {
            ...healthy,
            lastRun: pushed(`${PREFIX}_last_run_timestamp`, (minute) => Math.min(minute, 60) * 60),
            success: pushed(healthy.success?.series ?? "", (minute) => Math.min(minute, 60) * 60),
        };
        const series = [...Object.values(stopped), pushed(broken, always(1))];
        expect(firing(115, series)).to.deep.equal(["RegistryManifestIntegrityFailure"]);
        expect(firing(200, series)).to.deep.equal(["RegistryIntegrityProbeStale"]);
    });

    it("fire when every run fails to list, though every run pushes", () => {
        const blind = {
            ...healthy,
            complete: pushed(`${PREFIX}_complete`, always(0)),
            accessible: pushed(`${PREFIX}_catalog_accessible`, (minute) => (minute < 60 ? 1 : 0)),
            success: pushed(healthy.success?.series ?? "", (minute) => Math.min(minute, 45) * 60),
        };
        expect(firing(70, Object.values(blind))).to.deep.equal([]);
        expect(firing(85, Object.values(blind))).to.deep.equal(["RegistryCatalogInaccessible"]);
        expect(firing(200, Object.values(blind))).to.deep.equal([
            "RegistryCatalogInaccessible",
            "RegistryIntegrityProbeStale",
        ]);
    });

    it("fire when there are no metrics at all, as after the loss of the gateway's memory", () => {
        expect(firing(29, [])).to.deep.equal([]);
        expect(firing(35, [])).to.deep.equal(["RegistryIntegrityProbeAbsent"]);
    });

    it("fire when one of several shards never came to an end", () => {
        const sharded = alertRules({ instance: "r", shards: 2, staleAfterSeconds: 3600, ...sampling });
        const shard = (index: number) =>
            pushed(`registry_integrity_last_success_timestamp_seconds{${labels},shard="${index}"}`, atRun);
        expect(firing(60, [shard(0)], sharded)).to.deep.equal(["RegistryIntegrityProbeAbsent"]);
        expect(firing(60, [shard(0), shard(1)], sharded)).to.deep.equal([]);
    });

    it("say nothing of what another number of shards has left at the gateway", () => {
        const sharded = alertRules({ instance: "r", shards: 2, staleAfterSeconds: 3600, ...sampling });
        const success = "registry_integrity_last_success_timestamp_seconds";
        const shard = (index: number, value: (minute: number) => number) =>
            pushed(`${success}{${labels},shard="${index}"}`, value);
        const left = [shard(2, () => 0), pushed(`${success}{${labels}}`, () => 0)];
        expect(firing(90, [shard(0, atRun), shard(1, atRun), ...left], sharded)).to.deep.equal([]);
        expect(firing(90, [...Object.values(healthy), shard(1, () => 0)])).to.deep.equal([]);
    });

    it("fire when the gateway refuses what the probe pushes", () => {
        const refused = {
            ...healthy,
            pushTime: pushed(`push_time_seconds{${labels}}`, always(0)),
            pushFailure: pushed(`push_failure_time_seconds{${labels}}`, atRun),
        };
        expect(firing(40, Object.values(refused))).to.deep.equal(["RegistryIntegrityPushFailing"]);
    });

    it("fire when most repositories have gone, or all of them", () => {
        for (const left of [5, 0]) {
            const shrunk = {
                ...healthy,
                repositories: pushed(`${PREFIX}_repos_checked`, (minute) => (minute < 60 ? 10 : left)),
            };
            expect(firing(85, Object.values(shrunk))).to.deep.equal(["RegistryCatalogShrunk"]);
        }
    });
});
