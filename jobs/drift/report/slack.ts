import type { StackResult } from "../finding.js";
import type { History } from "../history/history.js";
import type { News, Told } from "../history/news.js";
import { ageText, groupByCause } from "./groups.js";

const MAX_GROUPS = 12;
const MAX_NAMES = 4;
const MAX_CHARACTERS = 3500;

export interface MessageInput {
    readonly news: News;
    readonly results: readonly StackResult[];
    readonly history: History;
    /** Seconds since the epoch. */
    readonly now: number;
    /** Where the report can be read. */
    readonly link?: string | undefined;
}

/** The one message of a run, however much there is to say. */
export function messageOf({ news, results, history, now, link }: MessageInput): string {
    const sections = [
        section(":new: New drift", news.added, now),
        section(":chart_with_upwards_trend: Worse", news.worse, now),
        section(":hourglass: Still there", news.reminders, now, true),
        errorSection(news.errors, results),
        section(":white_check_mark: Resolved", news.resolved, now),
        ...(news.recovered.length > 0 ? [`:white_check_mark: Can be looked at again: ${list(news.recovered)}`] : []),
    ].filter((text) => text !== "");
    const standing = Object.values(history.findings).filter((e) => !e.expected && e.resolved === undefined).length;
    const broken = results.filter(({ state }) => state === "error").length;
    const total = `${standing} finding${standing === 1 ? "" : "s"} in ${results.length} stack${results.length === 1 ? "" : "s"}`;
    const unknown = broken > 0 ? `, ${broken} of which could not be looked at` : "";
    const end = `${total}${unknown}${link ? ` (<${link}|report>)` : ""}`;
    return cut(sections, MAX_CHARACTERS - end.length - 1) + end;
}

/** What can be said without a history: not what is new, and not nothing. */
export function messageWithoutHistory({
    results,
    trouble,
    link,
}: Pick<MessageInput, "results" | "link"> & { readonly trouble: string }): string {
    const stacks = results.map(({ stack, state, findings }) => {
        const count = findings.length > 0 ? ` (${findings.length})` : "";
        return `${safe(stack)} ${state}${count}`;
    });
    const text = `:warning: Drift: what is new cannot be told. ${safe(trouble)}\n${stacks.join(", ")}`;
    return `${text.slice(0, MAX_CHARACTERS)}${link ? ` (<${link}|report>)` : ""}`;
}

function section(title: string, told: readonly Told[], now: number, withAge = false): string {
    if (told.length === 0) return "";
    const groups = groupByCause(told.map(({ entry }) => entry));
    const shown = groups.slice(0, MAX_GROUPS).map(({ title: cause, members }) => {
        const oldest = Math.min(...members.map(({ firstSeen }) => firstSeen));
        const age = withAge ? `, since ${ageText(now - oldest)}` : "";
        return `• ${cause}: ${members.length}${age}: ${list(members.map(({ stack, name }) => `${stack} ${name}`))}`;
    });
    const more = groups.length > MAX_GROUPS ? [`• and ${groups.length - MAX_GROUPS} more causes`] : [];
    return [`${title} (${told.length})`, ...shown, ...more].join("\n");
}

function errorSection(errors: readonly string[], results: readonly StackResult[]): string {
    if (errors.length === 0) return "";
    const lines = errors.slice(0, MAX_GROUPS).map((stack) => {
        const first = results.find((result) => result.stack === stack)?.errors[0] ?? "";
        return `• ${safe(stack)}: ${safe(first.slice(0, 200))}`;
    });
    const more = errors.length > MAX_GROUPS ? [`• and ${errors.length - MAX_GROUPS} more`] : [];
    return [`:warning: Could not be looked at (${errors.length}); this is not "no drift"`, ...lines, ...more].join(
        "\n",
    );
}

function list(names: readonly string[]): string {
    const shown = names.slice(0, MAX_NAMES).map(safe).join(", ");
    return names.length > MAX_NAMES ? `${shown} and ${names.length - MAX_NAMES} more` : shown;
}

/** Slack's own three; a name must not become a mention or a link. */
const safe = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** Whole lines up to a length. */
function cut(sections: readonly string[], length: number): string {
    const kept: string[] = [];
    let left = length;
    for (const line of sections.flatMap((text) => text.split("\n"))) {
        if (line.length + 1 > left - 4) {
            kept.push("…");
            break;
        }
        kept.push(line);
        left -= line.length + 1;
    }
    return kept.map((line) => `${line}\n`).join("");
}
