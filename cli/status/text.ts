import { age } from "../commands/images.js";
import { paint, table } from "../lib/output.js";
import { type Mark, markOf, type PipelineStatus, stateOf, TITLES, tagsOf } from "./status.js";

const COLOURS: Readonly<Record<Mark, "green" | "red" | "yellow">> = { fine: "green", wrong: "red", unknown: "yellow" };

/** The page for a terminal. */
export function textOf({ stack, at, apps, reported, unknown }: PipelineStatus): string {
    const now = Date.parse(at);
    const ago = (time: string | undefined) => (time === undefined ? "?" : `${age(now - Date.parse(time))} ago`);
    const rows = apps.map((app) => {
        const { containers, lastDeploy, brokenImages } = app;
        const newest = tagsOf(containers, "newest");
        return [
            app.app,
            tagsOf(containers, "declared"),
            tagsOf(containers, "live"),
            newest === tagsOf(containers, "live") ? paint("dim", "same") : newest,
            lastDeploy ? `${lastDeploy.status} ${ago(lastDeploy.at)}` : "-",
            brokenImages === undefined ? "-" : brokenImages.length === 0 ? "intact" : `${brokenImages.length} broken`,
            paint(COLOURS[markOf(app)], stateOf(app)),
        ];
    });
    const lines = reported.map(({ what, state, words, at: when }) => [
        TITLES[what],
        paint(COLOURS[state], words),
        when === undefined ? "" : paint("dim", ago(when)),
    ]);
    const blocks = [
        `Stack ${stack}, ${at.slice(0, 16).replace("T", " ")} UTC`,
        ...(rows.length > 0
            ? [table(["APP", "DECLARED", "LIVE", "NEWEST", "LAST DEPLOY", "IMAGES", "STATE"], rows)]
            : []),
        ...(lines.length > 0 ? [table(["WATCHED", "LAST REPORT", ""], lines)] : []),
        ...(unknown.length > 0 ? [unknown.map((line) => paint("yellow", `not known: ${line}`)).join("\n")] : []),
    ];
    return blocks.join("\n\n");
}
