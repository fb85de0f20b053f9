import type { Template } from "./template.js";

export interface Happening {
    readonly event: "push" | "workflow_dispatch";
    /** `refs/heads/main` */
    readonly ref: string;
    readonly commitMessage: string;
    readonly changedFiles: readonly string[];
}

type Mapping = { readonly [key: string]: Template };

/** What GitHub looks for in the message of a commit whose push shall start nothing. */
const SKIP = /\[(skip ci|ci skip|no ci|skip actions|actions skip)\]/;

/** Whether an `on` block starts a run. `branches` and `paths` are looked at; other filters of `push` are an error. */
export function starts(on: Template, happening: Happening): boolean {
    const { event, ref, commitMessage, changedFiles } = happening;
    if (event === "push" && SKIP.test(commitMessage)) return false;
    if (typeof on === "string") return on === event;
    if (Array.isArray(on)) return on.includes(event);
    const filters = (on as Mapping)[event];
    if (filters === undefined) return false;
    if (event !== "push" || filters === null) return true;
    const unknown = Object.keys(filters as Mapping).find((key) => key !== "branches" && key !== "paths");
    if (unknown) throw new Error(`on.push.${unknown} is not looked at here; allowed: branches, paths`);
    const { branches, paths } = filters as { branches?: readonly string[]; paths?: readonly string[] };
    const branch = ref.replace(/^refs\/heads\//, "");
    if (branches && !(ref.startsWith("refs/heads/") && matches(branches, branch))) return false;
    return !paths || changedFiles.some((file) => matches(paths, file));
}

/** The last pattern that applies decides, so that `!` takes back an earlier one. */
function matches(patterns: readonly string[], text: string): boolean {
    let included = false;
    for (const pattern of [patterns].flat().map(String)) {
        const negative = pattern.startsWith("!");
        if (glob(negative ? pattern.slice(1) : pattern).test(text)) included = !negative;
    }
    return included;
}

function glob(pattern: string): RegExp {
    const source = pattern
        .split(/(\*\*\/?|\*)/)
        .map((part) => {
            if (part === "**/") return "(?:.*/)?";
            if (part === "**") return ".*";
            return part === "*" ? "[^/]*" : part.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
        })
        .join("");
    return new RegExp(`^${source}$`);
}
