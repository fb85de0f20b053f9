import type { Credentials } from "./credentials.js";
import { describe, SettingsError } from "./problems.js";
import { findConflicts } from "./references.js";
import { blocks } from "./schema.js";
import { resolve, type Settings } from "./settings.js";

/**
 * Parses the whole stack config.
 *
 * @param raw what stands below `cicd:`, by key
 * @param isEncrypted whether a block holds encrypted values; the engine says so of whole blocks only
 * @throws SettingsError with every problem there is, one line each: key path, value, what is allowed
 */
export function parseSettings(
    raw: Readonly<Record<string, unknown>>,
    isEncrypted: (block: string) => boolean = () => true,
): Settings {
    const result = blocks.safeParse(raw);
    const issues = result.success ? [] : result.error.issues;
    const broken = new Set(issues.map((issue) => brokenPart(issue.path.map(String))));
    const sound = result.success ? result : blocks.safeParse(without(raw, broken));
    const problems = [
        ...issues.flatMap((issue) => describe(blocks, issue, raw)),
        ...(sound.success ? findConflicts(sound.data, broken) : []),
        ...(sound.success && !isEncrypted("credentials") ? findClearText(sound.data.credentials) : []),
    ];
    if (problems.length > 0 || !sound.success) throw new SettingsError(problems);
    return resolve(sound.data);
}

/** Credentials whose values stand in the stack file for everybody to read. */
function findClearText(credentials: Credentials): string[] {
    return Object.entries(credentials)
        .filter(([, source]) => typeof source === "string")
        .map(([name]) => {
            const key = `cicd:credentials.${name}`;
            return `${key}: stands in the stack file in clear; withdraw it and run: pulumi config set --secret --path '${key}'`;
        });
}

/** The smallest part that can be left out so that the rest is still checked: an application, a credential or a block. */
function brokenPart([block = "", entry]: readonly string[]): string {
    return entry !== undefined && (block === "apps" || block === "credentials") ? `${block}.${entry}` : block;
}

function without(raw: Readonly<Record<string, unknown>>, broken: ReadonlySet<string>): Record<string, unknown> {
    const keep = (path: string) => !broken.has(path);
    return Object.fromEntries(
        Object.entries(raw)
            .filter(([block]) => keep(block) && block in blocks.shape)
            .map(([block, value]) =>
                block === "apps" || block === "credentials"
                    ? [
                          block,
                          Object.fromEntries(Object.entries(value as object).filter(([e]) => keep(`${block}.${e}`))),
                      ]
                    : [block, value],
            ),
    );
}
