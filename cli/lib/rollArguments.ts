import { UsageError } from "../../jobs/lib/errors.js";

/** What a roll was asked for, by application: a tag, or nothing where it is not said (`--previous`, `--unpin`). */
export type Wanted = ReadonlyMap<string, string | undefined>;

const usage = "say cicd roll <app> <sha>, or <app>=<sha> for several";

/**
 * Reads `<app> <sha>`, `<app>=<sha> …`, or names alone.
 *
 * A whole commit SHA is as good as its first 8 characters.
 *
 * @param namesOnly whether each word is an application
 * @throws UsageError
 */
export function readRollArguments(words: readonly string[], namesOnly: boolean): Wanted {
    const wanted = new Map<string, string | undefined>();
    for (let i = 0; i < words.length; i++) {
        const word = words[i] ?? "";
        const equals = word.indexOf("=");
        const app = equals === -1 ? word : word.slice(0, equals);
        if (wanted.has(app)) throw new UsageError(`${app} is named twice`);
        if (namesOnly) {
            if (equals !== -1) throw new UsageError(`"${word}" names a tag, which --previous and --unpin do not take`);
            wanted.set(app, undefined);
            continue;
        }
        const tag = equals === -1 ? words[++i] : word.slice(equals + 1);
        if (tag === undefined) throw new UsageError(`${app} needs a tag; ${usage}`);
        wanted.set(app, shortTag(app, tag));
    }
    return wanted;
}

function shortTag(app: string, tag: string): string {
    if (/^[0-9a-f]{8,40}$/.test(tag)) return tag.slice(0, 8);
    throw new UsageError(`${app}: "${tag}" is not a commit SHA of at least 8 lower-case hex characters; ${usage}`);
}
