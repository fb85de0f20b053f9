import { createHash, randomUUID } from "node:crypto";
import { type Compiled, compile } from "./compile.js";
import { fetchWorkflowFiles, workflowName } from "./configFiles.js";
import type { Forge } from "./forge.js";
import { empty, Refusal, text } from "./http.js";
import type { Libs } from "./libs.js";
import {
    merged,
    now,
    type Pipeline,
    type PipelineError,
    type Repo,
    type Step,
    type User,
    type Workflow,
} from "./model.js";
import type { Queue } from "./queue.js";
import type { SecretService } from "./secretService.js";
import type { Settings } from "./settings.js";
import type { Store } from "./store.js";
import { needsApproval, newPipeline, type Trigger } from "./trigger.js";

/** Ended before it began: nothing matches (`filtered`), or its configuration could not be fetched (`unfetched`). */
export type Created = Pipeline | "filtered" | "unfetched";

interface Parts {
    readonly settings: Settings;
    readonly store: Store;
    readonly libs: Libs;
    readonly forge: Forge;
    readonly queue: Queue;
    readonly secrets: SecretService;
}

/** Creates, restarts and cancels pipelines. */
export class Pipelines {
    readonly #parts: Parts;

    constructor(parts: Parts) {
        this.#parts = parts;
    }

    async create(repo: Repo, trigger: Trigger): Promise<Created> {
        const { settings } = this.#parts;
        const owner = this.#ownerOf(repo);
        const skips = trigger.event === "push" || trigger.event.startsWith("pull_request");
        if (skips && /\[(ci *skip|skip *ci)\]/i.test(trigger.message ?? "")) return "filtered";
        const pipeline = this.#insert(repo, {
            ...trigger,
            status: needsApproval(repo, trigger) ? "blocked" : "created",
        });
        let files: Awaited<ReturnType<typeof fetchWorkflowFiles>>;
        try {
            files = await fetchWorkflowFiles(settings.github.url, owner.hidden.accessToken, repo, pipeline.commit);
        } catch (error) {
            const message = `could not load config from forge: ${(error as Error).message}`;
            this.#fail(pipeline, [{ type: "generic", message, is_warning: false, data: null }]);
            return "unfetched";
        }
        if (files === undefined) return this.#discard(pipeline);
        this.#keepConfigs(
            repo,
            pipeline,
            files.map(({ path, text }) => ({ name: workflowName(path), text })),
        );
        const compiled = await this.#compile(repo, pipeline, pipeline.variables ?? {});
        if (compiled.blocked) {
            this.#fail(pipeline, compiled.errors);
            return pipeline;
        }
        if (compiled.workflows.length === 0) return this.#discard(pipeline);
        if (compiled.errors.length > 0) pipeline.errors = [...compiled.errors];
        this.#persistWorkflows(pipeline, compiled);
        if (pipeline.status === "blocked") return pipeline;
        pipeline.status = "pending";
        await this.#start(repo, pipeline, compiled);
        return pipeline;
    }

    /**
     * Runs a pipeline again, or as a deployment, from the files it was made of.
     *
     * @param variables of the request; those of the pipeline win
     */
    async restart(repo: Repo, old: Pipeline, variables: Readonly<Record<string, string>>): Promise<Pipeline> {
        if (old.status === "blocked") throw new Refusal(text(400, "cannot restart a pipeline with status blocked"));
        const { cancel_info: _, hidden, ...rest } = old;
        const pipeline = this.#insert(repo, {
            ...rest,
            status: "pending",
            started: 0,
            finished: 0,
            errors: null,
            parent: old.number,
            rerun_count: old.rerun_count + 1,
        });
        pipeline.hidden.configIds = [...hidden.configIds];
        if (hidden.configIds.length === 0) {
            this.#fail(pipeline, [generic("pipeline definition not found")]);
            return pipeline;
        }
        const compiled = await this.#compile(repo, pipeline, { ...variables, ...pipeline.variables });
        if (compiled.blocked) {
            this.#fail(pipeline, compiled.errors);
            throw new Refusal(empty(500));
        }
        // Where nothing matches, the pipeline stays pending for ever: the real server has no check here either.
        if (compiled.errors.length > 0) pipeline.errors = [...compiled.errors];
        this.#persistWorkflows(pipeline, compiled);
        await this.#start(repo, pipeline, compiled);
        return pipeline;
    }

    cancel(repo: Repo, pipeline: Pipeline, info: NonNullable<Pipeline["cancel_info"]>): void {
        if (!["running", "pending", "blocked"].includes(pipeline.status)) {
            throw new Refusal(text(400, "Cannot cancel a non-running or non-pending or non-blocked pipeline"));
        }
        const { store, queue } = this.#parts;
        const workflows = this.workflowsOf(pipeline);
        const onlyPending = workflows.every(({ state }) => state === "pending");
        for (const workflow of workflows) {
            if (workflow.state === "pending") workflow.state = "skipped";
            for (const step of this.stepsOf(workflow)) {
                if (step.state === "pending") step.state = "canceled";
            }
        }
        queue.cancel(workflows.map(({ id }) => id));
        Object.assign(pipeline, { status: onlyPending ? "canceled" : "killed", finished: now(), updated: now() });
        pipeline.cancel_info = info;
        store.touch();
        for (const workflow of workflows) queue.report(repo, pipeline, workflow);
    }

    workflowsOf(pipeline: Pipeline): Workflow[] {
        return this.#parts.store.table("workflows").filter((row) => row.pipeline_id === pipeline.id);
    }

    stepsOf(workflow: Workflow): Step[] {
        const steps = this.#parts.store.table("steps");
        return steps.filter((row) => row.pipeline_id === workflow.pipeline_id && row.ppid === workflow.pid);
    }

    /** Removes a pipeline and all that belongs to it. */
    remove(pipeline: Pipeline): void {
        const { store } = this.#parts;
        for (const step of store.table("steps")) if (step.pipeline_id === pipeline.id) store.removeLog(step.id);
        store.remove("steps", (row) => row.pipeline_id === pipeline.id);
        store.remove("workflows", (row) => row.pipeline_id === pipeline.id);
        store.remove("pipelines", (row) => row.id === pipeline.id);
    }

    /** Ends what a previous process left unfinished: its steps died with it. */
    endLeftovers(): void {
        const { store } = this.#parts;
        const unfinished = (state: string): boolean => state === "running" || state === "pending";
        for (const pipeline of store.table("pipelines").filter(({ status }) => unfinished(status))) {
            const workflows = this.workflowsOf(pipeline);
            if (workflows.length === 0) continue;
            for (const row of [...workflows, ...workflows.flatMap((workflow) => this.stepsOf(workflow))]) {
                if (unfinished(row.state)) Object.assign(row, { state: "killed", finished: now() });
            }
            pipeline.status = merged(workflows.map(({ state }) => state));
            pipeline.finished = now();
            store.touch();
        }
    }

    #ownerOf(repo: Repo): User {
        const user = this.#parts.store.table("users").find(({ id }) => id === repo.hidden.userId);
        if (!user) throw new Error(`failure to find repo owner via id '${repo.hidden.userId}'`);
        return user;
    }

    #insert(repo: Repo, trigger: Trigger): Pipeline {
        const { store } = this.#parts;
        const numbers = store.table("pipelines").filter((row) => row.hidden.repoId === repo.id);
        const number = Math.max(0, ...numbers.map((row) => row.number)) + 1;
        return store.insert("pipelines", newPipeline(trigger, repo, number));
    }

    #discard(pipeline: Pipeline): "filtered" {
        this.remove(pipeline);
        return "filtered";
    }

    #fail(pipeline: Pipeline, errors: readonly PipelineError[]): void {
        Object.assign(pipeline, {
            errors: [...errors],
            status: "error",
            started: now(),
            finished: now(),
            updated: now(),
        });
        this.#parts.store.touch();
    }

    #keepConfigs(repo: Repo, pipeline: Pipeline, files: readonly { name: string; text: string }[]): void {
        const { store } = this.#parts;
        const sorted = [...files].sort((a, b) => (a.name < b.name ? -1 : 1));
        pipeline.hidden.configIds = sorted.map(({ name, text }) => {
            const hash = createHash("sha256").update(text).digest("hex");
            const known = store
                .table("configs")
                .find((row) => row.repoId === repo.id && row.name === name && row.hash === hash);
            return (known ?? store.insert("configs", { repoId: repo.id, hash, name, text })).id;
        });
    }

    async #compile(repo: Repo, pipeline: Pipeline, variables: Readonly<Record<string, string>>): Promise<Compiled> {
        const { store, settings, libs } = this.#parts;
        const pipelines = store.table("pipelines");
        const previous = pipelines.findLast(
            (row) => row.hidden.repoId === repo.id && row.branch === pipeline.branch && row.id < pipeline.id,
        );
        const files = store.table("configs").filter(({ id }) => pipeline.hidden.configIds.includes(id));
        const { accessToken } = this.#ownerOf(repo).hidden;
        const secrets = await this.#parts.secrets.secretsFor(repo, pipeline, accessToken);
        return compile({ settings, libs, repo, pipeline, previous, secrets, variables, files });
    }

    #persistWorkflows(pipeline: Pipeline, compiled: Compiled): void {
        const { store } = this.#parts;
        const state = pipeline.status === "blocked" ? "blocked" : "pending";
        const ids = { pipeline_id: pipeline.id };
        let pid = compiled.workflows.length;
        for (const { name, pid: workflowPid } of compiled.workflows) {
            store.insert("workflows", { ...ids, pid: workflowPid, name, state } satisfies Omit<Workflow, "id">);
        }
        for (const workflow of compiled.workflows) {
            for (const { name, type, failure } of workflow.stages.flat()) {
                const place = { uuid: randomUUID(), ...ids, pid: ++pid, ppid: workflow.pid };
                store.insert("steps", {
                    ...place,
                    name,
                    state,
                    exit_code: 0,
                    type,
                    hidden: { failure },
                } satisfies Omit<Step, "id">);
            }
        }
    }

    async #start(repo: Repo, pipeline: Pipeline, compiled: Compiled): Promise<void> {
        const { queue } = this.#parts;
        this.#cancelPrevious(repo, pipeline);
        const workflows = this.workflowsOf(pipeline);
        for (const workflow of workflows) queue.report(repo, pipeline, workflow);
        queue.push(
            workflows.map((workflow) => {
                const item = compiled.workflows.find(({ pid }) => pid === workflow.pid);
                if (!item) throw new Error(`workflow ${workflow.name} was not compiled`);
                return { repo, pipeline, workflow, item, steps: this.stepsOf(workflow) };
            }),
        );
    }

    #cancelPrevious(repo: Repo, pipeline: Pipeline): void {
        if (!repo.cancel_previous_pipeline_events.includes(pipeline.event)) return;
        for (const other of this.#parts.store.table("pipelines")) {
            const active = ["running", "pending", "blocked"].includes(other.status) && other.hidden.repoId === repo.id;
            if (!active || other.id === pipeline.id || other.event !== pipeline.event) continue;
            const same =
                pipeline.event === "push" ? other.branch === pipeline.branch : other.refspec === pipeline.refspec;
            if (same) this.cancel(repo, other, { superseded_by: pipeline.number });
        }
    }
}

const generic = (message: string): PipelineError => ({ type: "generic", message, is_warning: false, data: null });
