import { renderYaml } from "../document.js";

/** The part of Woodpecker's workflow syntax that generated files use. */
export interface Workflow {
    readonly when: readonly WorkflowFilter[];
    /** In place of the clone that Woodpecker adds. */
    readonly clone?: readonly Step[];
    readonly skip_clone?: boolean;
    readonly concurrency?: { readonly limit: number; readonly group: string };
    readonly steps: readonly Step[];
}

export type PipelineEvent = "push" | "manual" | "deployment" | "cron";

/** Some of these paths; see {@link touching}. */
export interface PathFilter {
    readonly include: readonly string[];
    readonly on_empty: boolean;
}

/**
 * A commit that touches one of these paths. Without `on_empty` Woodpecker takes one that touches nothing (`--allow-empty`, or a
 * branch that was put back) for one that touches everything, and every workflow would run at once.
 *
 * https://woodpecker-ci.org/docs/usage/workflow-syntax#path
 */
export function touching(...paths: readonly string[]): PathFilter {
    return { include: paths, on_empty: false };
}

/** Conditions that must hold together; a workflow runs when one filter of its list matches. */
export interface WorkflowFilter {
    readonly event: PipelineEvent | readonly PipelineEvent[];
    readonly branch?: readonly string[];
    readonly path?: PathFilter;
    /** Names of crons; without it a workflow for `cron` runs for each cron of the repository. */
    readonly cron?: string;
    /** Expression over the pipeline's variables; one that is not set equals "". */
    readonly evaluate?: string;
}

export interface SecretReference {
    readonly from_secret: string;
}

export type Step = {
    readonly name: string;
    readonly image: string;
    readonly when?: readonly { readonly status: readonly ("success" | "failure")[] }[];
    readonly failure?: "ignore";
    readonly backend_options?: { readonly kubernetes: KubernetesOptions };
} & (
    | {
          readonly environment?: Readonly<Record<string, string | SecretReference>>;
          readonly commands: readonly string[];
      }
    | { readonly settings: Readonly<Record<string, Setting | readonly Readonly<Record<string, Setting>>[]>> }
);

type Setting = string | number | boolean | readonly string[] | SecretReference;

/** How the pod of a step is made. */
export interface KubernetesOptions {
    readonly serviceAccountName?: string;
    readonly resources?: {
        readonly requests?: Readonly<Record<string, string>>;
        readonly limits?: Readonly<Record<string, string>>;
    };
}

/** Asked for by name, and without the sign of a deploy: a manual run that names nothing runs nothing. */
export function askedFor(name: string): string {
    return `PIPELINE == "${name}" && IMAGE_TAG == ""`;
}

/** First 8 characters of the commit that is built; the one place where substitution by Woodpecker is wanted. */
export const builtTag = "${CI_COMMIT_SHA:0:8}";

/**
 * Writes a workflow file whose steps see exactly the strings of the document.
 *
 * Woodpecker replaces `${…}` in the text of the file before anything else, in comments and scripts too, with nothing where a
 * variable is unknown. So every `${` but that of `builtTag` is doubled.
 *
 * @throws RangeError on text that this substitution would change and no doubling can save: a backslash before / or \
 */
export function renderWorkflow(workflow: Workflow, header: string): string {
    const text = renderYaml(literal(workflow), { header, yaml11: true });
    const eaten = /^.*\\[/\\].*$/m.exec(text);
    if (eaten) throw new RangeError(`Woodpecker would drop a backslash in the line: ${eaten[0].trim()}`);
    return text;
}

function literal(value: unknown): unknown {
    if (typeof value === "string") return value === builtTag ? value : value.replace(/\$(?=[{$])/g, "$$$$");
    if (Array.isArray(value)) return value.map(literal);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, literal(inner)]));
}
