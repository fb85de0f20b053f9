import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import type { RuleGroups } from "../../components/monitoring/alertRule.js";

/** Samples of one series, one a minute, in promtool's notation. */
export interface Series {
    readonly series: string;
    readonly values: string;
}

/** @returns the alerts that fire at a minute, by name: those of which promtool complains when none is expected */
export function firing(rules: RuleGroups, series: readonly Series[], minute: number): string[] {
    const names = rules.groups.flatMap((group) => group.rules.map(({ alert }) => alert));
    const expected = names.map((alertname) => ({ eval_time: `${minute}m`, alertname, exp_alerts: [] }));
    const tests = [{ interval: "1m", input_series: series, alert_rule_test: expected }];
    const directory = mkdtempSync(join(tmpdir(), "rules-"));
    try {
        writeFileSync(join(directory, "rules.yml"), stringify(rules));
        const test = { rule_files: ["rules.yml"], evaluation_interval: "1m", tests };
        writeFileSync(join(directory, "test.yml"), stringify(test));
        const { stdout, stderr, error } = spawnSync("promtool", ["test", "rules", join(directory, "test.yml")], {
            encoding: "utf8",
        });
        const said = `${stdout}${stderr}`;
        if (error || said.includes("error parsing")) throw error ?? new Error(said);
        return names.filter((name) => said.includes(`alertname: ${name},`));
    } finally {
        rmSync(directory, { recursive: true });
    }
}
