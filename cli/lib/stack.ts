import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { parse, YAMLParseError } from "yaml";
import { parseSettings } from "../../config/parse.js";
import type { Settings } from "../../config/settings.js";
import { PlainError, UsageError } from "../../jobs/lib/errors.js";
import type { OperatorEnvironment } from "./environment.js";
import { run } from "./run.js";

/** The checkout; Pulumi.yaml is here. */
export const projectRoot = resolve(__dirname, "../..");

/** Stands for what is encrypted in a stack file; the commands read no secret from there. */
const ENCRYPTED = "(encrypted)";
const NAMESPACE = "cicd:";
/** YAML as pulumi reads it: a merge key (`<<: *base`) takes over what another map has. */
export const STACK_FILE_YAML = { merge: true } as const;

export interface Stack {
    readonly name: string;
    /** Path of its file. */
    readonly file: string;
    readonly settings: Settings;
}

type Surroundings = Pick<OperatorEnvironment, "PULUMI_STACK" | "PULUMI_OPTION_STACK" | "PULUMI_OPTION_CONFIG_FILE">;

/**
 * The stack that is meant, with its settings.
 *
 * @param wanted its name, where an option says so
 * @throws UsageError when no stack is meant; SettingsError
 */
export async function findStack(wanted: string | undefined, environment: Surroundings): Promise<Stack> {
    const { PULUMI_STACK, PULUMI_OPTION_STACK, PULUMI_OPTION_CONFIG_FILE: given } = environment;
    const name = wanted ?? PULUMI_STACK ?? PULUMI_OPTION_STACK ?? nameIn(given) ?? (await selected());
    const file = given ? resolve(projectRoot, given) : join(projectRoot, `Pulumi.${shortName(name)}.yaml`);
    return { name, file, settings: readSettings(file) };
}

/** The settings in a stack file, as the program would get them. @throws UsageError, SettingsError */
export function readSettings(file: string): Settings {
    if (!existsSync(file)) throw new UsageError(`There is no stack file ${file}; ${known()}`);
    return parseSettings(rawSettings(readFileSync(file, "utf8"), file));
}

/** What stands below `cicd:` in the text of a stack file. @throws UsageError when it is no YAML */
export function rawSettings(text: string, file: string): Record<string, unknown> {
    let config: Record<string, unknown>;
    try {
        config = (parse(text, STACK_FILE_YAML) as { config?: Record<string, unknown> } | null)?.config ?? {};
    } catch (error) {
        // An alias without its anchor is found when the document is turned into values.
        const isOfTheText = error instanceof YAMLParseError || error instanceof ReferenceError;
        throw isOfTheText ? new UsageError(`${file}: ${error.message}`) : error;
    }
    return Object.fromEntries(
        Object.entries(config)
            .filter(([key]) => key.startsWith(NAMESPACE))
            .map(([key, value]) => [key.slice(NAMESPACE.length), plain(value)]),
    );
}

/** The engine hands a text that is JSON on as what it says, and so does the program read it. */
function plain(value: unknown): unknown {
    if (typeof value !== "string") return withoutSecrets(value);
    try {
        return JSON.parse(value);
    } catch {
        return value;
    }
}

function withoutSecrets(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(withoutSecrets);
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value);
    if (entries.length === 1 && entries[0]?.[0] === "secure") return ENCRYPTED;
    return Object.fromEntries(entries.map(([key, inner]) => [key, withoutSecrets(inner)]));
}

/** Of `organisation/project/stack`, which pulumi takes too. */
export function shortName(name: string): string {
    return name.split("/").at(-1) ?? name;
}

/** `sandbox` of `…/Pulumi.sandbox.yaml`. */
function nameIn(file: string | undefined): string | undefined {
    return file && /^Pulumi\.(.+)\.ya?ml$/.exec(basename(file))?.[1];
}

async function selected(): Promise<string> {
    const { code, stdout } = await run("pulumi", ["stack", "--show-name", "--non-interactive"], { cwd: projectRoot });
    const name = stdout.trim();
    if (code !== 0 || name === "") throw new UsageError(`Which stack? Name it with --stack; ${known()}`);
    return name;
}

function known(): string {
    const names = readdirSync(projectRoot).flatMap((file) => nameIn(file) ?? []);
    return `there are ${names.join(", ") || "none"}`;
}

/** A block of the settings that a command cannot do without. @throws PlainError that names it */
export function needed<K extends "woodpecker" | "vault" | "secretSync">(
    stack: Stack,
    block: K,
    purpose: string,
): NonNullable<Settings[K]> {
    const found = stack.settings[block];
    if (!found) throw new PlainError(`${purpose} needs cicd:${block}, which is switched off in stack ${stack.name}`);
    return found;
}
