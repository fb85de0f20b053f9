import { escapeXml } from "../map/svg.js";
import { type AppStatus, markOf, type PipelineStatus, stateOf, TITLES, tagsOf } from "./status.js";

const STYLE = `
:root { color-scheme: light dark; --text: light-dark(#1f2328, #e6e9ec); --soft: light-dark(#57606a, #9aa4ae); --line: light-dark(#d5dae0, #353c44); }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; padding: 1.5rem; max-width: 70rem; overflow-wrap: anywhere; color: var(--text); background: light-dark(#ffffff, #16191d); }
h1 { font-size: 1.3rem; margin: 0; }
p.when { color: var(--soft); margin: 0 0 1rem; }
a { color: inherit; }
code { font-family: ui-monospace, monospace; font-size: 0.92em; }
table { border-collapse: collapse; width: 100%; margin-bottom: 1.5rem; }
th, td { text-align: left; padding: 0.35rem 0.9rem 0.35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th, td code { overflow-wrap: normal; }
th { color: var(--soft); font-weight: 600; }
td:first-child strong { display: block; }
time { color: var(--soft); white-space: nowrap; }
.fine { color: light-dark(#1a7f37, #4ac26b); } .wrong { color: light-dark(#cf222e, #ff7b72); } .unknown { color: light-dark(#9a6700, #d4a72c); }
.soft { color: var(--soft); }
@media (max-width: 40rem) {
  body { padding: 1rem; }
  thead { display: none; }
  tr { display: block; border-bottom: 1px solid var(--line); padding: 0.5rem 0; }
  td { display: grid; grid-template-columns: 6.5rem 1fr; border: 0; padding: 0.1rem 0; }
  td:first-child { display: block; }
  td code { overflow-wrap: anywhere; }
  td:not(:first-child)::before { content: attr(data-label); color: var(--soft); }
}
`.trim();

/** The page as one file that needs nothing else: light or dark, wide or narrow. */
export function htmlOf(status: PipelineStatus): string {
    const { stack, at, apps, reported, unknown } = status;
    const when = `${at.slice(0, 16).replace("T", " ")} UTC`;
    return [
        "<!doctype html>",
        '<html lang="en">',
        `<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Pipeline ${escapeXml(stack)}</title><style>${STYLE}</style></head>`,
        "<body>",
        `<h1>Pipeline <code>${escapeXml(stack)}</code></h1>`,
        `<p class="when">${when}</p>`,
        tableOf(["Application", "State", "Declared", "Live", "Newest", "Last deploy", "Images"], apps.map(rowOf)),
        tableOf(
            ["Watched", "Last report", "When"],
            reported.map(({ what, state, words, at: time }) => [
                `<strong>${TITLES[what]}</strong>`,
                mark(state, words),
                time === undefined ? soft("?") : minute(time),
            ]),
        ),
        ...unknown.map((line) => `<p class="unknown">Not known: ${escapeXml(line)}</p>`),
        "</body>",
        "</html>",
        "",
    ].join("\n");
}

function rowOf(app: AppStatus): string[] {
    const { containers, lastDeploy, brokenImages, repository } = app;
    const deploy =
        lastDeploy &&
        `<a href="${escapeXml(lastDeploy.url)}">${mark(lastDeploy.status === "success" ? "fine" : "wrong", lastDeploy.status)}</a> ${minute(lastDeploy.at)}`;
    const images =
        brokenImages === undefined
            ? soft("not walked")
            : brokenImages.length === 0
              ? mark("fine", "intact")
              : brokenImages.map((each) => mark("wrong", each)).join("<br>");
    return [
        `<strong>${escapeXml(app.app)}</strong>${soft(repository)}`,
        mark(markOf(app), stateOf(app)),
        code(tagsOf(containers, "declared")),
        code(tagsOf(containers, "live")),
        code(tagsOf(containers, "newest")),
        deploy ?? soft("none"),
        images,
    ];
}

function tableOf(heads: readonly string[], rows: readonly (readonly string[])[]): string {
    if (rows.length === 0) return "";
    const head = heads.map((name) => `<th>${name}</th>`).join("");
    const body = rows
        .map(
            (row) =>
                `<tr>${row.map((cell, i) => `<td data-label="${heads[i]}"><div>${cell}</div></td>`).join("")}</tr>`,
        )
        .join("\n");
    return `<table><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table>`;
}

const code = (text: string) => `<code>${escapeXml(text)}</code>`;
const soft = (text: string) => `<span class="soft">${escapeXml(text)}</span>`;
const mark = (state: string, text: string) => `<span class="${state}">${escapeXml(text)}</span>`;
const minute = (time: string) => `<time datetime="${escapeXml(time)}">${time.slice(0, 16).replace("T", " ")}</time>`;
