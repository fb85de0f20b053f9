import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import { type Cause, type Finding, type FindingKind, finding } from "../finding.js";
import type { Look } from "./confirm.js";
import { type ProcessResult, runProcess } from "./process.js";

export interface TerraformOptions {
    /** `terragrunt`, `terraform` or `tofu`, or a program of the repository that stands before it. */
    readonly command: string;
    readonly env: NodeJS.ProcessEnv;
    readonly planSeconds: number;
    readonly remainingMs: () => number;
    readonly signal: AbortSignal;
}

/** `terraform plan -detailed-exitcode` */
const CLEAN = 0;
const ERROR = 1;
const CHANGES = 2;
/** A plan with changes has one of these, or names resources. */
const PLAN =
    /^\s*(Plan: \d|Changes to Outputs|Note: Objects have changed outside|\S+ will perform the following actions)/m;

/** A directory that is a stack; one that is not there is an error of that stack and of no other. */
export interface StackDirectory {
    /** In metrics and messages: the last part of the path, or all of it where another stack has that name. */
    readonly stack: string;
    readonly path: string;
}

/**
 * The directories that are meant; one that ends in `/*` stands for each directory in it with a stack of its own, or for
 * itself when there is nothing to look into.
 *
 * @param taken names of other stacks
 */
export function stackDirectories(
    patterns: readonly string[],
    skipped: readonly string[],
    taken: readonly string[] = [],
): StackDirectory[] {
    const paths = [...new Set(directoriesOf(patterns, skipped).map((path) => normalize(path).replace(/\/$/, "")))];
    const names = [...taken, ...paths.map((path) => basename(path))];
    const isAlone = (name: string) => names.indexOf(name) === names.lastIndexOf(name);
    return paths.map((path) => ({ stack: isAlone(basename(path)) ? basename(path) : path, path }));
}

function directoriesOf(patterns: readonly string[], skipped: readonly string[]): string[] {
    return patterns.flatMap((pattern) => {
        const parent = dirname(pattern);
        if (!pattern.endsWith("/*") || !existsSync(parent)) return [pattern];
        return readdirSync(parent, { withFileTypes: true })
            .filter((entry) => entry.isDirectory() && !skipped.includes(entry.name))
            .map(({ name }) => join(parent, name))
            .filter((path) => readdirSync(path).some((file) => file === "terragrunt.hcl" || file.endsWith(".tf")))
            .sort();
    });
}

/** One plan of one directory; it locks nothing and changes nothing. Never throws. */
export async function plan({ stack, path }: StackDirectory, options: TerraformOptions): Promise<Look> {
    if (!existsSync(path)) return { error: `TERRAFORM_STACKS: there is no directory ${path}` };
    const { command, env, planSeconds, remainingMs, signal } = options;
    const args = ["plan", "-detailed-exitcode", "-input=false", "-no-color", "-lock=false"];
    const result = await runProcess(command, args, {
        cwd: path,
        env: { ...env, TF_IN_AUTOMATION: "1", TG_NON_INTERACTIVE: "true", TERRAGRUNT_NON_INTERACTIVE: "true" },
        timeoutMs: Math.min(planSeconds * 1000, remainingMs()),
        signal,
    });
    return judgePlan(stack, path, command, result);
}

/** @param stack its name in metrics and messages */
export function judgePlan(stack: string, directory: string, command: string, result: ProcessResult): Look {
    const { code, stdout, stderr, trouble } = result;
    if (code === CLEAN) {
        // Terragrunt can end well although a run inside of it did not.
        const said = /No changes\.|Your infrastructure matches/.test(plain(stdout + stderr));
        return said
            ? { findings: [] }
            : { error: `${command} plan ended with 0, yet does not say that there are no changes` };
    }
    if (code !== CHANGES) {
        const how = trouble ?? `ended with ${code ?? ERROR}`;
        return { error: `${command} plan ${how}: ${lastError(stderr) ?? lastError(stdout) ?? "it said nothing"}` };
    }
    const text = plain(stdout);
    const changes = planned(text);
    // Shells and other programs end with 2 on errors of their own.
    if (changes.length === 0 && !PLAN.test(text)) {
        const said = lastError(stderr) ?? lastError(stdout) ?? "it said nothing";
        return { error: `${command} plan ended with ${CHANGES}, yet shows no plan: ${said}` };
    }
    const findings = changes.map(({ address, action, drifted }) =>
        planFinding(stack, directory, command, address, action, drifted),
    );
    if (findings.length > 0) return { findings };
    // Outputs alone, or a notation that is not known: that there is something is certain.
    return { findings: [planFinding(stack, directory, command, "the plan as a whole", "updated in-place", false)] };
}

interface Planned {
    readonly address: string;
    readonly action: string;
    /** Changed outside of Terraform. */
    readonly drifted: boolean;
}

/** Resources of a plan's text. */
export function planned(text: string): Planned[] {
    const found = new Map<string, Planned>();
    const drifted = new Set<string>();
    for (const [, address = "", action = ""] of text.matchAll(
        /^\s*# (\S+?)(?: \(.*?\))? (?:will be|must be|has|has been) (created|destroyed|updated in-place|replaced|read during apply|changed|deleted)/gm,
    )) {
        if (action === "changed" || action === "deleted") drifted.add(address);
        else if (action !== "read during apply") found.set(address, { address, action, drifted: false });
    }
    return [...found.values()].map((each) => ({ ...each, drifted: drifted.has(each.address) }));
}

const kinds: Readonly<Record<string, FindingKind>> = { created: "missing", destroyed: "extra" };

function planFinding(
    stack: string,
    directory: string,
    command: string,
    address: string,
    action: string,
    drifted: boolean,
): Finding {
    const cause: Cause = drifted ? (action === "created" ? "deleted" : "edited") : "pending";
    return finding({
        stack,
        kind: kinds[action] ?? "changed",
        cause,
        resource: address,
        type: /(?:^|\.)([a-z][\w-]*)\.[\w-]+(?:\[.*\])?$/.exec(address)?.[1] ?? command,
        name: address,
        seenBy: "engine",
        differences: [{ path: "", live: `would be ${action}` }],
        accept: "change the stack's code to what is there",
        mend: `cd ${directory} && ${command} apply`,
    });
}

/** Without terragrunt's prefixes and any colours. */
function plain(text: string): string {
    return (
        text
            // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a colour begins with
            .replace(/\u001b\[[0-9;]*m/g, "")
            .replace(/^\d\d:\d\d:\d\d\.\d+ \S+ +(?:\[[^\]]*\] )?(?:\S+: )?/gm, "")
    );
}

function lastError(text: string): string | undefined {
    const lines = plain(text)
        .split("\n")
        .map((line) => line.replace(/^[│╷╵\s]+/, "").trim())
        .filter((line) => line !== "");
    return (lines.find((line) => /error/i.test(line)) ?? lines.at(-1))?.slice(0, 400);
}
