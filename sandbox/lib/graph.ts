import { messageOf } from "./errors.js";

/** One step; it runs as soon as all that it needs is done. */
export interface Step {
    readonly name: string;
    readonly needs: readonly string[];
    /** How many steps of a kind run side by side; the wait for a place in it is not part of the step's time. */
    readonly gate?: Gate;
    readonly run: (say: (text: string) => void) => Promise<void>;
}

/** What a watcher of the run is told. */
export interface Watcher {
    readonly started: (name: string) => void;
    readonly said: (name: string, text: string) => void;
    readonly done: (name: string, seconds: number) => void;
    readonly failed: (name: string, message: string) => void;
    /** A step that cannot run because `cause` failed. */
    readonly skipped: (name: string, cause: string) => void;
}

/** The error that a step failed with. */
export interface Failure {
    readonly name: string;
    readonly error: unknown;
}

/**
 * Orders steps so that each comes after what it needs.
 *
 * @throws on a need that is not there and on a circle, with the names
 */
export function inOrder<T extends { readonly name: string; readonly needs: readonly string[] }>(
    steps: readonly T[],
): T[] {
    const byName = new Map(steps.map((step) => [step.name, step]));
    const ordered = new Set<T>();
    const visit = (step: T, path: readonly string[]): void => {
        if (ordered.has(step)) return;
        if (path.includes(step.name)) throw new Error(`these need each other: ${[...path, step.name].join(" -> ")}`);
        for (const need of step.needs) {
            const needed = byName.get(need);
            if (needed === undefined) throw new Error(`${step.name} needs ${need}, which does not exist`);
            visit(needed, [...path, step.name]);
        }
        ordered.add(step);
    };
    for (const step of steps) visit(step, []);
    return [...ordered];
}

/** The named steps and all that they need, however far. */
export function withNeeds<T extends { readonly name: string; readonly needs: readonly string[] }>(
    steps: readonly T[],
    names: readonly string[],
): T[] {
    const wanted = new Set(names);
    for (const step of inOrder(steps).reverse()) {
        if (wanted.has(step.name)) for (const need of step.needs) wanted.add(need);
    }
    return steps.filter(({ name }) => wanted.has(name));
}

/**
 * Runs all steps, side by side where their needs allow. A failure keeps only those from running that need it: what can be
 * up is up, and the next run has less to do.
 */
export async function runSteps(steps: readonly Step[], watcher: Watcher): Promise<Failure[]> {
    const failures: Failure[] = [];
    /** Ends with the name of the step that failed, or nothing. */
    const outcomes = new Map<string, Promise<string | undefined>>();
    for (const step of inOrder(steps)) {
        const needs = step.needs.map((need) => outcomes.get(need));
        outcomes.set(step.name, runStep(step, Promise.all(needs)));
    }
    await Promise.all(outcomes.values());
    return failures;

    async function runStep(step: Step, needs: Promise<(string | undefined)[]>): Promise<string | undefined> {
        const cause = (await needs).find((failed) => failed !== undefined);
        if (cause !== undefined) {
            watcher.skipped(step.name, cause);
            return cause;
        }
        watcher.started(step.name);
        const say = (text: string) => watcher.said(step.name, text);
        let started = Date.now();
        const run = () => {
            started = Date.now();
            return step.run(say);
        };
        try {
            if (step.gate?.isFull) say("waiting for its turn");
            await (step.gate === undefined ? run() : step.gate.through(run));
        } catch (error) {
            failures.push({ name: step.name, error });
            watcher.failed(step.name, messageOf(error));
            return step.name;
        }
        watcher.done(step.name, (Date.now() - started) / 1000);
        return undefined;
    }
}

/** Lets at most `count` callers in at a time, in the order of their coming. */
export class Gate {
    private readonly waiting: (() => void)[] = [];
    private inside = 0;

    constructor(private readonly count: number) {}

    get isFull(): boolean {
        return this.inside >= this.count;
    }

    async through<T>(work: () => Promise<T>): Promise<T> {
        if (this.isFull) await new Promise<void>((resolve) => this.waiting.push(resolve));
        else this.inside += 1;
        try {
            return await work();
        } finally {
            // A place is handed over: given back first, it could go to one who has only just come.
            const next = this.waiting.shift();
            if (next === undefined) this.inside -= 1;
            else next();
        }
    }
}
