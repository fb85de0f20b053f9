import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { HISTORY_NAME } from "../../components/drift/names.js";
import type { Settings } from "../../config/settings.js";
import { PlainError } from "../../jobs/lib/errors.js";
import { addCommand, type CommonOptions, perform } from "../lib/command.js";
import { exitCode } from "../lib/exitCode.js";
import { run } from "../lib/run.js";
import { projectRoot } from "../lib/stack.js";

interface DriftOptions extends CommonOptions {
    readonly report?: string;
    readonly remember?: boolean;
    readonly engineOnly?: boolean;
}

/** Codes of the job. */
const CLEAN = 0;
const DRIFT = 7;

/** Where the nightly run keeps its ages. @throws PlainError where that is out of reach from here */
function nightlyHistory(stack: string, { drift, infra }: Settings): string {
    const file = infra?.pipelines["drift-detection"]?.history;
    if (file) {
        throw new PlainError(
            `--remember: the nightly run of stack ${stack} keeps its ages in ${file} on a volume of its own, which is not here; leave the option out`,
        );
    }
    if (!drift) throw new PlainError(`--remember needs cicd:drift, which is switched off in stack ${stack}`);
    return `configmap:${drift.namespace}/${HISTORY_NAME}`;
}

export function addDrift(program: Command): void {
    addCommand(program, "drift", {
        summary: "compare what is declared with what is really there",
        description:
            "Runs the drift job on the stack: previews with refresh, and looks where the engine does not. Nothing is changed, and nobody is told. Ends with 2 when there is drift, and with 1 when it cannot be told.",
        examples: [
            ["drift", "before an up, or after somebody worked by hand"],
            ["drift --report report", "with a page to read in report/drift.html"],
        ],
    })
        .option("--report <directory>", "write drift.md and drift.html there")
        .option("--remember", "with the ages the nightly run remembers, and remember this run too")
        .option("--engine-only", "leave out what the engine does not see")
        .action(
            perform<DriftOptions, []>(async (session, { report, remember, engineOnly }) => {
                const { name, settings } = await session.stack();
                const job = join(projectRoot, "dist/jobs/drift.js");
                if (!existsSync(job)) throw new PlainError(`${job} is missing; write it with: npm run build`);
                const { drift } = settings;
                const history = remember ? nightlyHistory(name, settings) : join(projectRoot, ".drift-history.json");
                const result = await run(process.execPath, [job], {
                    cwd: projectRoot,
                    env: {
                        STACKS: name,
                        PROGRAM_DIRECTORY: projectRoot,
                        TERRAFORM_STACKS: "",
                        HISTORY: history,
                        BY_HAND: "true",
                        CONFIRM_AFTER_SECONDS: "5",
                        EXPECTED: JSON.stringify(drift?.expected ?? []),
                        AUDIT: engineOnly ? "false" : "true",
                        PUSHGATEWAY_URL: "",
                        SLACK_WEBHOOK: "",
                        SLACK_WEBHOOK_FILE: "",
                        ...(report && { REPORT_DIR: report }),
                    },
                });
                if (result.code !== CLEAN && result.code !== DRIFT && !result.stdout.trim())
                    throw new PlainError(result.stderr.trim());
                return {
                    exitCode:
                        result.code === CLEAN
                            ? exitCode.fine
                            : result.code === DRIFT
                              ? exitCode.findings
                              : exitCode.undone,
                    data: JSON.parse(result.stdout) as unknown,
                    text: result.stderr.trim(),
                };
            }),
        );
}
