import { causes, type Finding, type StackResult } from "../finding.js";
import { firstSeen, openEntries } from "../history/history.js";
import type { DriftRun } from "../run.js";
import { ageText, groupByCause } from "./groups.js";

const MAX_FINDINGS = 300;
const MAX_DIFFERENCES = 20;

/** The report for a log. */
export function markdownOf(run: DriftRun): string {
    const { results, troubles, expired, now } = run;
    return [
        "# Drift",
        "",
        `${new Date(now * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC, ${run.durationSeconds} s`,
        "",
        "| stack | state | findings | expected | oldest | resources | seconds |",
        "|---|---|---|---|---|---|---|",
        ...results.map((result) => row(run, result)),
        "",
        ...section(
            "Trouble",
            troubles.map((text) => `* ${text}`),
        ),
        ...section(
            "No longer expected",
            expired.map((text) => `* ${code(text)}`),
        ),
        ...results.flatMap((result) => stackSection(run, result)),
    ].join("\n");
}

/** In words, error before drift. */
export function stateText({ state, findings }: StackResult): string {
    if (state === "clean") return "clean";
    if (state === "drift") return "drift";
    return findings.length > 0 ? "could not be told, and drift" : "could not be told";
}

function row(run: DriftRun, result: StackResult): string {
    const { stack, findings, expected, resources, durationSeconds } = result;
    const seen = openEntries(run.history, stack).map((entry) => entry.firstSeen);
    const oldest = seen.length > 0 ? ageText(run.now - Math.min(...seen)) : "";
    const cells = [stack, stateText(result), findings.length, expected.length, oldest, resources, durationSeconds];
    return `| ${cells.join(" | ")} |`;
}

function stackSection(run: DriftRun, { stack, errors, findings, expected }: StackResult): string[] {
    if (errors.length + findings.length + expected.length === 0) return [];
    const shown = findings.slice(0, MAX_FINDINGS);
    const left = findings.length - shown.length;
    return [
        `## ${stack}`,
        "",
        ...section(
            "Could not be told",
            errors.map((text) => `* ${text}`),
            "###",
        ),
        ...groupByCause(shown).flatMap(({ title, members }) => [
            `### ${title}: ${members.length}`,
            "",
            ...members.flatMap((each) => [...findingLines(run, each), ""]),
        ]),
        ...(left > 0 ? [`… and ${left} more`, ""] : []),
        ...section(
            "Expected",
            expected.map(
                ({ finding, reason, until }) => `* ${code(finding.name)}: ${reason}${until ? ` (until ${until})` : ""}`,
            ),
            "###",
        ),
    ];
}

function findingLines({ history, now }: DriftRun, each: Finding): string[] {
    const age = each.cause === "unreadable" ? "" : `, first seen ${sinceText(firstSeen(history, each.id, now), now)}`;
    const differences = each.differences.slice(0, MAX_DIFFERENCES);
    const left = each.differences.length - differences.length;
    return [
        `* **${each.kind}** ${code(each.name)}${age}`,
        ...differences.map(
            ({ path, declared, live }) =>
                `    * ${path ? `${code(path)}: ` : ""}${[
                    declared === undefined ? "" : `declared ${code(declared)}`,
                    live === undefined ? "" : declared === undefined ? code(live) : `is ${code(live)}`,
                ]
                    .filter(Boolean)
                    .join(", ")}`,
        ),
        ...(left > 0 ? [`    * … and ${left} more`] : []),
        `    * ${causes[each.cause]}; resource ${code(each.resource)}`,
        `    * mend: ${code(each.mend)}`,
        `    * accept: ${each.accept}`,
    ];
}

/** @param seen nothing where no history tells */
export function sinceText(seen: number | undefined, now: number): string {
    if (seen === undefined) return "at a time that is not known";
    return now - seen < 60 ? "just now" : `${ageText(now - seen)} ago`;
}

function section(title: string, lines: readonly string[], level = "##"): string[] {
    return lines.length === 0 ? [] : [`${level} ${title}`, "", ...lines, ""];
}

/** A code span that nothing inside can end. */
function code(text: string): string {
    const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
    const fence = "`".repeat(longest + 1);
    const line = text.replace(/\s+/g, " ");
    return longest > 0 ? `${fence} ${line} ${fence}` : `${fence}${line}${fence}`;
}
