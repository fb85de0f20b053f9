import type { PipelineError, Repo } from "./model.js";
import { checkSyntax } from "./syntax.js";
import type { StepDefinition, WorkflowDefinition } from "./workflow.js";

const DOCS = "https://woodpecker-ci.org/docs/usage";

const deprecatedVariables = [
    ["CI_COMMIT_PRERELEASE", "CI_PIPELINE_RELEASE_PRE"],
    ["CI_COMMIT_AUTHOR_AVATAR", "CI_PIPELINE_AVATAR"],
    ["CI_PREV_COMMIT_AUTHOR_AVATAR", "CI_PREV_PIPELINE_AVATAR"],
] as const;

/** Plugins that lost their privileges and now need an administrator's word. */
const formerlyPrivileged = /^(plugins\/(docker|gcr|ecr)|woodpeckerci\/plugin-docker-buildx)(:|@|$)/;

/**
 * Errors and warnings of one file.
 *
 * @param workflow the file after substitution
 * @param rawDocument the file before substitution, parsed: the schema looks at that one
 * @param file its name without directory and ending
 * @param privilegedPlugins what the administrator named in WOODPECKER_PLUGINS_PRIVILEGED
 */
export function lint(
    workflow: WorkflowDefinition,
    rawText: string,
    rawDocument: unknown,
    file: string,
    trusted: Repo["trusted"],
    privilegedPlugins: readonly string[] = [],
): readonly PipelineError[] {
    const finding = (message: string, field: string, isWarning: boolean): PipelineError => ({
        type: "linter",
        message,
        is_warning: isWarning,
        data: { file, field },
    });
    return [
        ...(workflow.steps.length === 0 ? [finding("Invalid or missing `steps` section", "steps", false)] : []),
        ...workflow.steps.flatMap((step) =>
            stepProblems(step, workflow, trusted, privilegedPlugins).map(({ message, field = "", isWarning = false }) =>
                finding(message, `steps.${step.name}${field}`, isWarning),
            ),
        ),
        ...checkSyntax(rawDocument).map(({ message, field }) => finding(message, field, true)),
        ...deprecations(workflow, rawText, file),
        ...badHabits(workflow, file),
    ];
}

interface Problem {
    readonly message: string;
    readonly field?: string;
    readonly isWarning?: boolean;
}

function stepProblems(
    step: StepDefinition,
    workflow: WorkflowDefinition,
    trusted: Repo["trusted"],
    privilegedPlugins: readonly string[],
): Problem[] {
    const problems: Problem[] = [];
    if (step.image === "") problems.push({ message: "Invalid or missing image" });
    for (const [level, key, what] of trustNeeded) {
        const value = step.raw[key];
        const used = Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false && value !== "";
        if (used && !trusted[level] && !(key === "network_mode" && value === "none")) {
            problems.push({ message: `Insufficient trust level to use ${what}` });
        }
    }
    const both = settingsProblem(step);
    if (both) problems.push(both);
    const isAllowed = privilegedPlugins.some((allowed) =>
        [step.image, step.image.replace(/[:@].*$/, "")].includes(allowed),
    );
    if (formerlyPrivileged.test(step.image) && step.raw.privileged !== true && !isAllowed) {
        problems.push({
            message: `The formerly privileged plugin \`${step.image}\` is no longer privileged by default, if required, add it to \`WOODPECKER_PLUGINS_PRIVILEGED\``,
        });
    }
    for (const { name, optional } of step.dependsOn ?? []) {
        if (optional || workflow.steps.some((other) => other.name === name)) continue;
        problems.push({ message: "One or more of the specified dependencies do not exist", field: ".depends_on" });
    }
    return problems;
}

const trustNeeded = [
    ["security", "privileged", "`privileged` mode"],
    ["network", "dns", "custom `dns`"],
    ["network", "dns_search", "`dns_search`"],
    ["network", "extra_hosts", "`extra_hosts`"],
    ["network", "network_mode", "`network_mode`"],
    ["volumes", "devices", "`devices`"],
    ["volumes", "volumes", "`volumes`"],
    ["volumes", "tmpfs", "`tmpfs`"],
] as const;

function settingsProblem(step: StepDefinition): Problem | undefined {
    if (Object.keys(step.settings).length === 0) return undefined;
    if (step.commands.length > 0) return { message: "Cannot configure both `commands` and `settings`" };
    if (step.entrypoint.length > 0) return { message: "Cannot configure both `entrypoint` and `settings`" };
    if (Object.keys(step.environment).length === 0) return undefined;
    return { message: "Should not configure both `environment` and `settings`", isWarning: true };
}

function deprecations(workflow: WorkflowDefinition, rawText: string, file: string): PipelineError[] {
    const warning = (message: string, field: string, page: string): PipelineError => ({
        type: "deprecation",
        message,
        is_warning: true,
        data: { file, field, docs: `${DOCS}/${page}` },
    });
    const used = deprecatedVariables.filter(([old]) => new RegExp(`\\$\\{${old}\\}|\\$\\$?${old}\\b`).test(rawText));
    return [
        ...(workflow.runsOn.length > 0
            ? [
                  warning(
                      "Usage of `runs_on` is deprecated, use `when.status`",
                      `${file}.runs_on`,
                      "workflow-syntax#status",
                  ),
              ]
            : []),
        ...used.map(([old, now]) => warning(`Usage of \`${old}\` is deprecated, use \`${now}\``, file, "environment")),
    ];
}

function badHabits(workflow: WorkflowDefinition, file: string): PipelineError[] {
    if (workflow.when.length > 0 && workflow.when.every(({ event }) => event.length > 0)) return [];
    return workflow.steps.flatMap((step): PipelineError[] => {
        const open = step.when.findIndex(({ event }) => event.length === 0);
        if (step.when.length > 0 && open < 0) return [];
        const [field, message] =
            step.when.length === 0
                ? [
                      `steps.${step.name}`,
                      "Consider adding a `when` block with an `event` filter to this step or the entire workflow",
                  ]
                : [
                      `steps.${step.name}.when[${open}]`,
                      "Set an event filter for all steps or the entire workflow on all items of the `when` block",
                  ];
        const data = { file, field, docs: `${DOCS}/linter#event-filter-for-all-steps` };
        return [{ type: "bad_habit", message, is_warning: true, data }];
    });
}
