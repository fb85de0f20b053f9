import type { CompiledWorkflow } from "./compile.js";
import type { Forge } from "./forge.js";
import { merged, now, type Pipeline, type Repo, type Status, type Step, type Workflow } from "./model.js";
import type { Runner } from "./runner.js";
import type { Store } from "./store.js";

/** A workflow that waits or runs. */
export interface Task {
    readonly repo: Repo;
    readonly pipeline: Pipeline;
    readonly workflow: Workflow;
    readonly item: CompiledWorkflow;
    readonly steps: readonly Step[];
}

const pickUpMilliseconds = 20;

interface Parts {
    readonly store: Store;
    readonly forge: Forge;
    readonly runner: Runner;
    /** How many workflows run at the same time. */
    readonly capacity: number;
}

/** Decides when a workflow runs: free places, other workflows it needs, concurrency groups, pause. */
export class Queue {
    readonly #parts: Parts;
    #waiting: Task[] = [];
    readonly #running = new Map<Task, AbortController>();
    /** How a workflow ended, for those that need it. */
    readonly #ended = new Map<number, Status>();
    #reports: Promise<void> = Promise.resolve();
    paused = false;
    lastWork = 0;

    constructor(parts: Parts) {
        this.#parts = parts;
    }

    push(tasks: readonly Task[]): void {
        this.#waiting.push(...tasks);
        // Whoever asked for the pipeline still sees it pending, as with an agent that has to fetch its work.
        setTimeout(() => this.advance(), pickUpMilliseconds);
    }

    /** Starts whatever may start now. */
    advance(): void {
        if (this.paused) return;
        for (const task of [...this.#waiting]) {
            if (this.#running.size >= this.#parts.capacity) return;
            if (this.#dependencies(task).some((id) => !this.#ended.has(id)) || !this.#hasSlot(task)) continue;
            this.#waiting = this.#waiting.filter((other) => other !== task);
            if (
                shouldRun(
                    task,
                    this.#dependencies(task).map((id) => this.#ended.get(id)),
                )
            )
                void this.#run(task);
            else this.#skip(task);
        }
    }

    /** Ends these workflows: waiting ones never start, running ones are killed. */
    cancel(workflowIds: readonly number[]): void {
        for (const id of workflowIds) {
            if (this.#waiting.some(({ workflow }) => workflow.id === id)) this.#ended.set(id, "killed");
            for (const [task, controller] of this.#running) if (task.workflow.id === id) controller.abort();
        }
        this.#waiting = this.#waiting.filter(({ workflow }) => !workflowIds.includes(workflow.id));
        this.advance();
    }

    /** Tells GitHub; reports arrive in order, and one that fails changes nothing else. */
    report(repo: Repo, pipeline: Pipeline, workflow: Workflow): void {
        const { store, forge } = this.#parts;
        const owner = store.table("users").find(({ id }) => id === repo.hidden.userId);
        const [as, of] = [{ ...pipeline }, { ...workflow }];
        this.#reports = this.#reports
            .then(() => forge.postStatus(owner?.hidden.accessToken ?? "", repo, as, of))
            .catch((error: unknown) => console.error(`commit status of ${repo.full_name}#${as.number}: ${error}`));
    }

    info(): object {
        const { capacity } = this.#parts;
        const blocked = this.#waiting.filter((task) => this.#dependencies(task).some((id) => !this.#ended.has(id)));
        const pending = this.#waiting.filter((task) => !blocked.includes(task));
        return {
            pending: pending.map((task) => this.#shown(task)),
            waiting_on_deps: blocked.map((task) => this.#shown(task)),
            running: [...this.#running.keys()].map((task) => this.#shown(task)),
            stats: {
                worker_count: capacity - this.#running.size,
                pending_count: pending.length,
                waiting_on_deps_count: blocked.length,
                running_count: this.#running.size,
            },
            paused: this.paused,
        };
    }

    /** Kills what runs and forgets what waits. */
    async close(): Promise<void> {
        this.paused = true;
        this.#waiting = [];
        for (const controller of this.#running.values()) controller.abort();
        while (this.#running.size > 0) await new Promise((resolve) => setTimeout(resolve, 10));
        await this.#reports;
    }

    #shown(task: Task): object {
        const { repo, pipeline, workflow, item } = task;
        return {
            id: String(workflow.id),
            pid: workflow.pid,
            name: workflow.name,
            labels: { repo: repo.full_name, "org-id": String(repo.org_id) },
            dependencies: this.#dependencies(task).map(String),
            run_on: item.runsOn,
            dep_status: {},
            agent_id: this.#running.has(task) ? 1 : 0,
            pipeline_id: pipeline.id,
            repo_id: repo.id,
            concurrency_limit: item.concurrency.limit,
            concurrency_group: groupOf(task) ?? "",
            created: pipeline.created,
            pipeline_number: pipeline.number,
        };
    }

    #dependencies(task: Task): number[] {
        const workflows = this.#parts.store.table("workflows");
        return workflows
            .filter(({ pipeline_id: id, name }) => id === task.pipeline.id && task.item.dependsOn.includes(name))
            .map(({ id }) => id);
    }

    /** A group's slots go to the earlier pipeline first, even if that one still waits for another workflow. */
    #hasSlot(task: Task): boolean {
        const group = groupOf(task);
        if (group === undefined) return true;
        const running = [...this.#running.keys()].filter((other) => groupOf(other) === group).length;
        const ahead = this.#waiting.filter(
            (other) => groupOf(other) === group && other.pipeline.id < task.pipeline.id,
        ).length;
        return running + ahead < task.item.concurrency.limit;
    }

    async #run(task: Task): Promise<void> {
        const { store, runner } = this.#parts;
        const { repo, pipeline, workflow } = task;
        const controller = new AbortController();
        this.#running.set(task, controller);
        this.lastWork = now();
        if (pipeline.status === "pending")
            Object.assign(pipeline, { status: "running", started: now(), updated: now() });
        Object.assign(workflow, { state: "running", started: now(), agent_id: 1 });
        store.touch();
        this.report(repo, pipeline, workflow);
        const timer = setTimeout(() => controller.abort(), repo.timeout * 60_000);
        const outcome = await runner.run(task, controller.signal).catch((error: unknown) => ({ error: String(error) }));
        clearTimeout(timer);
        Object.assign(workflow, outcome.error === undefined ? {} : { error: outcome.error });
        workflow.finished = now();
        workflow.state = stateOf(task, controller.signal.aborted);
        this.#finish(task);
    }

    #skip(task: Task): void {
        task.workflow.state = "skipped";
        for (const step of task.steps) step.state = "skipped";
        this.#finish(task);
    }

    #finish(task: Task): void {
        const { store } = this.#parts;
        const { repo, pipeline, workflow } = task;
        this.#running.delete(task);
        this.#ended.set(workflow.id, workflow.state);
        const all = store.table("workflows").filter(({ pipeline_id: id }) => id === pipeline.id);
        if (!all.some(({ state }) => state === "running" || state === "pending")) {
            pipeline.status = merged(all.map(({ state }) => state));
            Object.assign(pipeline, { finished: workflow.finished ?? now(), updated: now() });
        }
        store.touch();
        this.report(repo, pipeline, workflow);
        this.advance();
    }
}

function groupOf({ repo, workflow, item }: Task): string | undefined {
    const { limit, group } = item.concurrency;
    if (limit <= 0) return undefined;
    return group === "" ? `${repo.id}/${workflow.name}/` : `${repo.id}//${group}`;
}

function shouldRun({ item }: Task, dependencies: readonly (Status | undefined)[]): boolean {
    const onFailure = item.runsOn.includes("failure");
    const onSuccess = item.runsOn.length === 0 || item.runsOn.includes("success");
    if (onFailure && onSuccess) return true;
    if (onSuccess) return dependencies.every((status) => status === "success");
    return onFailure && !dependencies.includes("success");
}

function stateOf({ workflow, steps }: Task, canceled: boolean): Status {
    if (canceled) return "killed";
    if (workflow.error) return "failure";
    const failed = (step: Step): boolean => ["error", "killed", "failure"].includes(step.state);
    return merged(steps.filter((step) => step.hidden.failure === "fail" || !failed(step)).map(({ state }) => state));
}
