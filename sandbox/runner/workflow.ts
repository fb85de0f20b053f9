import type { TemplateToken } from "@actions/workflow-parser/templates/tokens/template-token";
import { Expression, type Template } from "./template.js";

export interface StepDefinition {
    readonly id: string;
    readonly name: string;
    /** With the implicit `success() &&`. */
    readonly if: string;
    readonly run?: Template;
    readonly uses?: string;
    readonly with?: Template;
    readonly env?: Template;
    readonly shell?: string;
    readonly workingDirectory?: Template;
    readonly continueOnError?: Template;
    readonly timeoutMinutes?: Template;
}

export interface JobDefinition {
    readonly id: string;
    readonly name: Template;
    readonly needs: readonly string[];
    /** With the implicit `success() &&`. */
    readonly if: string;
    readonly env?: Template;
    readonly outputs?: Template;
    readonly timeoutMinutes?: Template;
    readonly steps: readonly StepDefinition[];
}

export interface WorkflowDefinition {
    readonly name: string;
    /** The `on` block as it is written. */
    readonly on: Template;
    readonly env?: Template;
    readonly jobs: readonly JobDefinition[];
}

type Mapping = { readonly [key: string]: Template };

/** Keys that change what a job means and that this runner does not know. */
const REFUSED = ["strategy", "container", "services", "uses", "defaults"] as const;

/**
 * Reads a workflow file with GitHub's own parser.
 *
 * @throws Error with every mistake the parser found, or the name of what this runner does not run
 */
export async function parse(path: string, content: string): Promise<WorkflowDefinition> {
    const { parseWorkflow, convertWorkflowTemplate, NoOperationTraceWriter } = await import("@actions/workflow-parser");
    const { context, value } = parseWorkflow({ name: path, content }, new NoOperationTraceWriter());
    const mistakes = context.errors.getErrors().map((error) => error.message);
    if (!value || mistakes.length > 0) throw new Error([`${path}: not a valid workflow`, ...mistakes].join("\n"));
    const converted = await convertWorkflowTemplate(context, value);
    const root = plain(value) as Mapping;
    if (root.defaults !== undefined) throw new Error(`${path}: [defaults] is not run here`);
    const jobs = root.jobs as Mapping;
    return {
        name: String(root.name ?? path),
        on: root.on ?? null,
        env: root.env,
        jobs: converted.jobs.map((job) => {
            const written = jobs[job.id.value] as Mapping;
            const refused = REFUSED.find((key) => written[key] !== undefined);
            if (refused || job.type !== "job")
                throw new Error(`${path}: job [${job.id.value}]: [${refused}] is not run here`);
            const steps = (written.steps ?? []) as readonly Mapping[];
            return {
                id: job.id.value,
                name: written.name ?? job.id.value,
                needs: (job.needs ?? []).map((need) => need.value),
                if: job.if.expression,
                env: written.env,
                outputs: written.outputs,
                timeoutMinutes: written["timeout-minutes"],
                steps: steps.map((step, index) => stepOf(step, job.steps[index])),
            };
        }),
    };
}

function stepOf(written: Mapping, converted: { id: string; if?: { expression: string } } | undefined): StepDefinition {
    const { run, uses, shell } = written;
    if (run === undefined && typeof uses !== "string") {
        throw new Error(`step [${Object.keys(written).join(", ")}]: neither [run] nor [uses]`);
    }
    const title = typeof uses === "string" ? uses : textOfScript(run);
    return {
        id: typeof written.id === "string" ? written.id : (converted?.id ?? ""),
        name: typeof written.name === "string" ? written.name : `Run ${title}`,
        if: converted?.if?.expression ?? "success()",
        run,
        uses: typeof uses === "string" ? uses : undefined,
        with: written.with,
        env: written.env,
        shell: typeof shell === "string" ? shell : undefined,
        workingDirectory: written["working-directory"],
        continueOnError: written["continue-on-error"],
        timeoutMinutes: written["timeout-minutes"],
    };
}

const textOfScript = (run: Template | undefined): string =>
    run instanceof Expression ? run.text : (String(run).split("\n")[0] ?? "");

/** The parser's number for a list; its enumeration is not exported. */
const SEQUENCE = 1;

/** The parser's tokens as plain values. */
function plain(token: TemplateToken): Template {
    const serialized = token as unknown as {
        readonly expression?: string;
        readonly value?: string | number | boolean;
    };
    if (token.isExpression) return new Expression(serialized.expression ?? "");
    if (token.isScalar) return serialized.value ?? null;
    if (token.templateTokenType === SEQUENCE) {
        return [...(token as unknown as Iterable<TemplateToken>)].map(plain);
    }
    const mapping = token as unknown as Iterable<{ readonly key: TemplateToken; readonly value: TemplateToken }>;
    return Object.fromEntries([...mapping].map(({ key, value }) => [String(plain(key)), plain(value)]));
}
