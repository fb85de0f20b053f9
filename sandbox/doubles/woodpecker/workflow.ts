/** The parts of a workflow file that decide what runs, in one shape whatever way they were written. */

export interface Dependency {
    readonly name: string;
    readonly optional: boolean;
}

export interface Globs {
    readonly include: readonly string[];
    readonly exclude: readonly string[];
}

/** One entry of a `when`; all that is given must match. */
export interface Condition {
    readonly event: readonly string[];
    readonly status: readonly string[];
    readonly repo: Globs;
    readonly branch: Globs;
    readonly ref: Globs;
    readonly cron: Globs;
    readonly instance: Globs;
    readonly platform: Globs;
    readonly path: Globs & { readonly ignoreMessage: string; readonly onEmpty: boolean };
    readonly evaluate: string;
}

export interface StepDefinition {
    readonly name: string;
    readonly image: string;
    readonly commands: readonly string[];
    readonly entrypoint: readonly string[];
    readonly settings: Readonly<Record<string, unknown>>;
    readonly environment: Readonly<Record<string, unknown>>;
    /** `undefined` where the step says nothing: then steps run one after the other. */
    readonly dependsOn: readonly Dependency[] | undefined;
    readonly when: readonly Condition[];
    readonly failure: "fail" | "ignore" | "cancel";
    readonly serviceAccountName: string | undefined;
    /** The step as it was written, for the linter. */
    readonly raw: Readonly<Record<string, unknown>>;
}

export interface WorkflowDefinition {
    readonly when: readonly Condition[];
    readonly steps: readonly StepDefinition[];
    readonly skipClone: boolean;
    readonly dependsOn: readonly Dependency[];
    readonly concurrency: { readonly limit: number; readonly group: string };
    readonly runsOn: readonly string[];
}

/** What this double does not know must not be ignored. */
const unsupported = ["matrix", "services"];

/** A clone of one's own is the default one with other settings, which make no difference to the checkout here. */
function demandUsualClone(value: unknown): void {
    if (value === undefined) return;
    const [step, ...more] = steps(value);
    if (step?.name === "clone" && /(^|\/)plugin-git(:|@|$)/.test(step.image) && more.length === 0) return;
    throw new Error("the Woodpecker double does not support [clone] but for one plugin-git named clone");
}

type Mapping = Readonly<Record<string, unknown>>;

/** @throws where the file is no workflow, or uses a part of the syntax that the double does not have */
export function readWorkflow(document: unknown): WorkflowDefinition {
    const root = mapping(document ?? {}, "the file");
    const unknown = unsupported.filter((key) => root[key] !== undefined);
    if (unknown.length > 0) throw new Error(`the Woodpecker double does not support [${unknown.join("], [")}]`);
    demandUsualClone(root.clone);
    const concurrency = root.concurrency;
    return {
        when: conditions(root.when),
        steps: steps(root.steps),
        skipClone: bool(root.skip_clone, "skip_clone"),
        dependsOn: dependencies(root.depends_on) ?? [],
        concurrency:
            typeof concurrency === "number"
                ? { limit: concurrency, group: "" }
                : {
                      limit: Number(mapping(concurrency ?? {}).limit ?? 0),
                      group: String(mapping(concurrency ?? {}).group ?? ""),
                  },
        runsOn: strings(root.runs_on),
    };
}

/** Without commands, entrypoint and environment a step is a plugin: its image decides what runs. */
export function isPlugin(step: StepDefinition): boolean {
    return step.commands.length + step.entrypoint.length + Object.keys(step.environment).length === 0;
}

function steps(value: unknown): readonly StepDefinition[] {
    if (value === undefined || value === null) return [];
    if (Array.isArray(value)) return value.map((item, index) => readStep(item, `step-${index}`));
    return Object.entries(mapping(value, "steps")).map(([name, item]) => readStep(item, name));
}

function readStep(value: unknown, fallbackName: string): StepDefinition {
    const raw = mapping(value, "a step");
    if (raw.detach === true) throw new Error("the Woodpecker double does not support [detach]");
    const kubernetes = mapping(mapping(raw.backend_options ?? {}).kubernetes ?? {});
    const failure = raw.failure ?? "fail";
    return {
        name: typeof raw.name === "string" && raw.name !== "" ? raw.name : fallbackName,
        image: String(raw.image ?? ""),
        commands: strings(raw.commands),
        entrypoint: strings(raw.entrypoint),
        settings: mapping(raw.settings ?? {}, "settings"),
        environment: mapping(raw.environment ?? {}, "environment"),
        dependsOn: dependencies(raw.depends_on),
        when: conditions(raw.when),
        failure: failure === "ignore" || failure === "cancel" ? failure : "fail",
        serviceAccountName:
            typeof kubernetes.serviceAccountName === "string" ? kubernetes.serviceAccountName : undefined,
        raw,
    };
}

function conditions(value: unknown): readonly Condition[] {
    if (value === undefined || value === null) return [];
    return (Array.isArray(value) ? value : [value]).map((item) => {
        const raw = mapping(item, "when");
        const path = isPlain(raw.path) ? raw.path : {};
        return {
            event: strings(raw.event),
            status: strings(raw.status),
            repo: globs(raw.repo),
            branch: globs(raw.branch),
            ref: globs(raw.ref),
            cron: globs(raw.cron),
            instance: globs(raw.instance),
            platform: globs(raw.platform),
            path: {
                ...globs(raw.path),
                ignoreMessage: String(path.ignore_message ?? ""),
                onEmpty: path.on_empty !== false,
            },
            evaluate: String(raw.evaluate ?? ""),
        };
    });
}

function globs(value: unknown): Globs {
    if (!isPlain(value)) return { include: strings(value), exclude: [] };
    return { include: strings(value.include), exclude: strings(value.exclude) };
}

function dependencies(value: unknown): readonly Dependency[] | undefined {
    if (value === undefined || value === null) return undefined;
    return (Array.isArray(value) ? value : [value]).map((item) => {
        if (typeof item === "string") return { name: item, optional: false };
        const { name, optional = false } = mapping(item, "depends_on");
        if (typeof name !== "string") throw new Error("dependency object requires a 'name' field");
        return { name, optional: optional === true };
    });
}

function strings(value: unknown): readonly string[] {
    if (value === undefined || value === null) return [];
    return (Array.isArray(value) ? value : [value]).map((item) => {
        if (typeof item === "object") throw new Error(`cannot unmarshal '${JSON.stringify(item)}' into a string value`);
        return String(item);
    });
}

function bool(value: unknown, key: string): boolean {
    if (value === undefined || typeof value === "boolean") return value ?? false;
    throw new Error(`yaml: construct errors: [${key}] cannot construct ${JSON.stringify(value)} into bool`);
}

const isPlain = (value: unknown): value is Mapping =>
    typeof value === "object" && value !== null && !Array.isArray(value);

function mapping(value: unknown, what = "it"): Mapping {
    if (isPlain(value)) return value;
    throw new Error(`yaml: construct errors: cannot construct ${JSON.stringify(value)} of ${what} into a mapping`);
}
