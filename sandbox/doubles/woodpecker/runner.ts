import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { checkOut } from "./checkout.js";
import type { CompiledStep } from "./compile.js";
import { now, type Step } from "./model.js";
import { pluginProgram } from "./plugins.js";
import { runCommand, type StepProcess, script, shellOf } from "./process.js";
import type { Task } from "./queue.js";
import type { ServiceAccounts } from "./serviceAccounts.js";
import type { Settings } from "./settings.js";
import { StepLog } from "./stepLog.js";
import type { Store } from "./store.js";

interface Parts {
    readonly settings: Settings;
    readonly store: Store;
    /** What steps inherit from the agent. */
    readonly environment: Readonly<Record<string, string>>;
    /** `undefined` where the sandbox has no cluster: steps then get no token. */
    readonly serviceAccounts: ServiceAccounts | undefined;
    /** Ends the whole pipeline because a step with `failure: cancel` failed. */
    readonly onCancel: (task: Task, step: Step) => void;
}

/** How one step ended; an error where it never started. */
interface Ended {
    readonly exitCode: number;
    readonly error?: string;
}

/** The agent with its local backend: every step is a process in the workflow's own directory. */
export class Runner {
    readonly #parts: Parts;

    constructor(parts: Parts) {
        this.#parts = parts;
    }

    /** @returns an error where a step could not even be started */
    async run(task: Task, signal: AbortSignal): Promise<{ readonly error?: string }> {
        const base = await mkdtemp(join(this.#parts.settings.agent.tempDirectory, "woodpecker-local-"));
        const state = { failed: false, error: undefined as string | undefined };
        const started = now();
        try {
            await mkdir(join(base, "home"), { mode: 0o700 });
            await mkdir(join(base, "workspace"), { mode: 0o700 });
            const rows = [...task.steps];
            for (const stage of task.item.stages) {
                if (signal.aborted) break;
                const failedBefore = state.failed;
                await Promise.all(
                    stage.map(async (step) => {
                        const row = rows.splice(
                            rows.findIndex(({ name }) => name === step.name),
                            1,
                        )[0];
                        if (row) await this.#step({ task, step, row, base, started, failedBefore, signal, state });
                    }),
                );
            }
        } finally {
            await rm(base, { recursive: true, force: true });
        }
        if (signal.aborted) {
            for (const row of task.steps) if (row.state === "pending") row.state = "killed";
            return { error: "Canceled" };
        }
        return state.error === undefined ? {} : { error: state.error };
    }

    async #step(run: StepRun): Promise<void> {
        const { task, step, row, failedBefore, signal, state } = run;
        const { store } = this.#parts;
        if (failedBefore ? !step.onFailure : !step.onSuccess) {
            row.state = "skipped";
            store.touch();
            return;
        }
        Object.assign(row, { state: "running", started: now() });
        store.touch();
        const log = new StepLog(store, row.id, task.item.masked);
        const ended = await this.#execute(run, log).catch(
            (error: unknown): Ended => ({
                exitCode: 0,
                error: error instanceof Error ? error.message : String(error),
            }),
        );
        log.end();
        const failed = ended.exitCode !== 0 || ended.error !== undefined;
        Object.assign(row, { exit_code: ended.exitCode, finished: now(), state: failed ? "failure" : "success" });
        if (signal.aborted) Object.assign(row, { state: "killed", error: "Canceled" });
        else if (ended.error !== undefined) row.error = ended.error;
        store.touch();
        if (!failed || signal.aborted) return;
        if (ended.error !== undefined) state.error ??= ended.error;
        if (step.failure === "cancel") this.#parts.onCancel(task, row);
        if (step.failure !== "ignore" || ended.error !== undefined) state.failed = true;
    }

    async #execute(run: StepRun, log: StepLog): Promise<Ended> {
        const { task, step, base, signal } = run;
        const { settings, store, serviceAccounts } = this.#parts;
        const directory = join(base, "workspace");
        if (step.type === "clone") {
            const owner = store.table("users").find(({ id }) => id === task.repo.hidden.userId);
            const commit = { repository: task.repo.full_name, sha: task.pipeline.commit };
            const count = await checkOut(settings.github.url, owner?.hidden.accessToken ?? "", commit, directory);
            log.write(`checked out ${commit.repository}@${commit.sha} (${count} files)\n`);
            return { exitCode: 0 };
        }
        const account = await serviceAccounts?.mount(
            settings.agent.serviceAccountFromStep ? step.serviceAccountName : undefined,
        );
        try {
            const process = { ...(await this.#command(step)), directory, signal };
            const environment = { ...this.#environment(run), ...account?.environment };
            return { exitCode: await runCommand({ ...process, environment }, (text) => log.write(text)) };
        } finally {
            await account?.remove();
        }
    }

    async #command(step: CompiledStep): Promise<Pick<StepProcess, "program" | "args">> {
        const { environment, settings } = this.#parts;
        if (step.type === "plugin") {
            const program = await pluginProgram(step.image, settings.agent.pluginDirectory, environment.PATH ?? "");
            return { program, args: [] };
        }
        if (step.commands.length === 0) throw new Error("no commands set");
        const program = await shellOf(step.image, environment.PATH ?? "");
        return { program, args: ["-e", "-c", script(step.commands)] };
    }

    #environment({ step, base, started, failedBefore }: StepRun): Record<string, string> {
        const home = join(base, "home");
        // A step cannot change where it lives.
        const { HOME: _, SHELL: __, CI_WORKSPACE: ___, CI_SCRIPT: ____, ...own } = step.environment;
        return {
            ...this.#parts.environment,
            ...own,
            CI_MACHINE: hostname(),
            CI_SYSTEM_PLATFORM: "linux/amd64",
            CI_PIPELINE_STATUS: failedBefore ? "failure" : "success",
            CI_PIPELINE_STARTED: String(started),
            CI_STEP_STARTED: String(now()),
            CI_STEP_TYPE: step.type,
            CI_STEP_NAME: step.name,
            HOME: home,
            USERPROFILE: home,
            CI_WORKSPACE: join(base, "workspace"),
        };
    }
}

interface StepRun {
    readonly task: Task;
    readonly step: CompiledStep;
    readonly row: Step;
    readonly base: string;
    readonly started: number;
    /** Whether a step of an earlier stage has failed. */
    readonly failedBefore: boolean;
    readonly signal: AbortSignal;
    readonly state: { failed: boolean; error: string | undefined };
}
