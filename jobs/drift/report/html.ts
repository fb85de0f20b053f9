import { causes, type Difference, type Finding, type StackResult } from "../finding.js";
import { firstSeen, openEntries } from "../history/history.js";
import type { DriftRun } from "../run.js";
import { ageText, groupByCause } from "./groups.js";
import { sinceText, stateText } from "./markdown.js";
import { style } from "./style.js";

/** The report as one page that needs nothing else: no script, no font, no picture from elsewhere. */
export function htmlOf(run: DriftRun): string {
    const { results, troubles, expired, now, durationSeconds } = run;
    const date = new Date(now * 1000).toISOString();
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Drift: ${text(headline(results))}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>Drift: ${text(headline(results))}</h1>
<p class="soft"><time datetime="${date}">${date.slice(0, 16).replace("T", " ")} UTC</time>, ${durationSeconds} s</p>
</header>
<main>
<ul class="stacks">
${results.map((result) => stackCard(run, result)).join("\n")}
</ul>
${lines("Trouble", troubles)}
${lines("No longer expected", expired)}
${results.map((result) => stackSection(run, result)).join("\n")}
</main>
</body>
</html>
`;
}

function headline(results: readonly StackResult[]): string {
    const count = (state: StackResult["state"]) => results.filter((result) => result.state === state).length;
    const parts = [
        [count("error"), "could not be told"],
        [count("drift"), "with drift"],
        [count("clean"), "clean"],
    ] as const;
    return parts
        .filter(([number]) => number > 0)
        .map(([number, words]) => `${number} ${words}`)
        .join(", ");
}

function stackCard({ history, now }: DriftRun, result: StackResult): string {
    const { stack, state, findings, expected, resources } = result;
    const seen = openEntries(history, stack).map((entry) => entry.firstSeen);
    const oldest = seen.length > 0 ? `, oldest ${ageText(now - Math.min(...seen))}` : "";
    const waived = expected.length > 0 ? `, ${expected.length} expected` : "";
    return `<li class="${state}"><strong><a href="#${anchor(stack)}">${text(stack)}</a></strong>
<span class="state-${state}">${stateText(result)}</span>
<span class="soft">${findings.length} findings${waived}${oldest}, ${resources} resources</span></li>`;
}

function stackSection(run: DriftRun, { stack, errors, findings, expected }: StackResult): string {
    const groups = groupByCause(findings).map(
        ({ title, members }) =>
            `<h3>${text(title)}: ${members.length}</h3>\n${members.map((each) => findingBlock(run, each)).join("\n")}`,
    );
    const waived = expected.map(
        ({ finding, reason, until }) =>
            `<p><code>${text(finding.name)}</code>: ${text(reason)}${until ? ` <span class="soft">(until ${text(until)})</span>` : ""}</p>`,
    );
    return `<section id="${anchor(stack)}">
<h2>${text(stack)}</h2>
${errors.map((error) => `<p class="error" role="alert">Could not be told: ${text(error)}</p>`).join("\n")}
${groups.join("\n")}
${waived.length > 0 ? `<h3>Expected</h3>\n${waived.join("\n")}` : ""}
${errors.length + findings.length + expected.length === 0 ? '<p class="soft">As declared.</p>' : ""}
</section>`;
}

function findingBlock({ history, now }: DriftRun, each: Finding): string {
    const age = each.cause === "unreadable" ? "" : sinceText(firstSeen(history, each.id, now), now);
    return `<details class="${each.kind === "unreadable" ? "error" : "drift"}" data-id="${each.id}">
<summary><span class="kind">${each.kind}</span> <code>${text(each.name)}</code> <span class="age">${age}</span></summary>
${differencesTable(each.differences)}
<dl>
<dt>Cause</dt><dd>${causes[each.cause]}</dd>
<dt>Resource</dt><dd><code>${text(each.resource)}</code></dd>
<dt>To mend it</dt><dd><pre>${text(each.mend)}</pre></dd>
<dt>To accept it</dt><dd><pre>${text(each.accept)}</pre></dd>
</dl>
</details>`;
}

function differencesTable(differences: readonly Difference[]): string {
    if (differences.length === 0) return "";
    const cell = (of: string, value: string | undefined) =>
        value === undefined ? `<td></td>` : `<td data-of="${of}"><code>${text(value)}</code></td>`;
    const rows = differences.map(
        ({ path, declared, live }) =>
            `<tr>${cell("at", path || undefined)}${cell("declared", declared)}${cell("is", live)}</tr>`,
    );
    return `<table><thead><tr><th>At</th><th>Declared</th><th>Is</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

function lines(title: string, items: readonly string[]): string {
    if (items.length === 0) return "";
    return `<h2>${title}</h2>\n${items.map((item) => `<p class="error">${text(item)}</p>`).join("\n")}`;
}

const anchor = (stack: string) => `stack-${stack.replace(/[^\w-]/g, "-")}`;

function text(value: string): string {
    return value
        .replaceAll("&", "&amp;")
        .replaceAll("<", "&lt;")
        .replaceAll(">", "&gt;")
        .replaceAll('"', "&quot;")
        .replaceAll("'", "&#39;");
}
