import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, existsSync, openSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf, UserError } from "./errors.js";
import { readJson, tail, writeAtomically } from "./files.js";
import type { ProcessSpec, WaitOptions } from "./part.js";
import type { Places } from "./places.js";
import {
    end,
    findByEnvironment,
    identify,
    isAlive,
    listeningPorts,
    type ProcessIdentity,
    statOf,
    withDescendants,
} from "./processes.js";

/** What is remembered of a process that was started. */
export interface ProcessRecord extends ProcessIdentity {
    readonly name: string;
    /** Hash of the whole specification; the environment itself holds secrets and is not written down. */
    readonly specification: string;
    readonly startedAt: string;
}

/** Marks every process of this sandbox, and whatever such a process starts. */
const stateVariable = "CICD_SANDBOX_STATE";
const nameVariable = "CICD_SANDBOX_PROCESS";

/** Whether any process of the sandbox with this state directory is there. */
export function isAnyRunning(stateDirectory: string): boolean {
    return findByEnvironment(stateVariable, stateDirectory).length > 0;
}

/** Starts servers detached from the terminal and finds them again in later runs. */
export class Supervisor {
    constructor(private readonly places: Places) {}

    logOf(name: string): string {
        return join(this.places.logs, `${name}.log`);
    }

    /** All that was started and not stopped since, running or not. */
    records(): ProcessRecord[] {
        if (!existsSync(this.places.run)) return [];
        return readdirSync(this.places.run)
            .filter((file) => file.endsWith(".json"))
            .map((file) => readJson<ProcessRecord>(join(this.places.run, file)))
            .filter((record) => record !== undefined);
    }

    /** The named process, if it runs. */
    find(name: string): ProcessRecord | undefined {
        const record = readJson<ProcessRecord>(this.recordOf(name));
        return record !== undefined && isAlive(record) ? record : undefined;
    }

    /** Ports on which recorded processes, or their descendants, listen now. */
    ports(): Set<number> {
        const pids = this.records()
            .filter(isAlive)
            .map(({ pid }) => pid);
        return new Set(withDescendants(pids).flatMap((pid) => [...listeningPorts(pid)]));
    }

    /** See {@link PartContext.spawn}. */
    async spawn(specification: ProcessSpec, path: string): Promise<void> {
        const environment = this.environmentOf(specification, path);
        const hash = fingerprint(specification, environment, this.places.build);
        const running = this.find(specification.name);
        if (running?.specification === hash) return;
        if (running !== undefined) await end([running]);
        await end(this.strays(specification));

        const log = this.logOf(specification.name);
        if (existsSync(log)) renameSync(log, `${log}.previous`);
        const descriptor = openSync(log, "a", 0o600);
        const child = spawn(specification.command, specification.args, {
            cwd: specification.cwd ?? this.places.state,
            env: environment,
            detached: true,
            stdio: ["ignore", descriptor, descriptor],
        });
        closeSync(descriptor);
        await new Promise<void>((resolve, reject) => {
            child.once("spawn", resolve);
            child.once("error", (error) =>
                reject(new UserError(`${specification.name} cannot be started: ${messageOf(error)}`)),
            );
        });
        child.unref();
        const identity = child.pid === undefined ? undefined : identify(child.pid);
        if (identity === undefined) throw this.died(specification.name);
        const record: ProcessRecord = {
            ...identity,
            name: specification.name,
            specification: hash,
            startedAt: new Date().toISOString(),
        };
        writeAtomically(this.recordOf(specification.name), JSON.stringify(record), 0o600);
    }

    async stop(name: string): Promise<void> {
        const running = this.find(name);
        if (running !== undefined) await end([running]);
        rmSync(this.recordOf(name), { force: true });
    }

    /** Ends whatever this sandbox ever started and is still there, recorded or not. */
    async stopEverything(): Promise<void> {
        for (const record of this.records()) await this.stop(record.name);
        const ancestors = new Set([process.pid, process.ppid]);
        const left = findByEnvironment(stateVariable, this.places.state);
        await end(
            left.filter((found) => !ancestors.has(found.pid)),
            3_000,
        );
    }

    /** See {@link PartContext.waitUntil}. */
    async waitUntil(what: string, probe: () => Promise<unknown>, options: WaitOptions = {}): Promise<void> {
        const { processName, timeoutSeconds = 60 } = options;
        const deadline = Date.now() + timeoutSeconds * 1000;
        for (let pause = 30; ; pause = Math.min(pause * 1.3, 500)) {
            let reason: string;
            try {
                await withTimeout(probe(), Math.max(deadline - Date.now(), 1));
                return;
            } catch (error) {
                reason = messageOf(error);
            }
            if (processName !== undefined && this.find(processName) === undefined) throw this.died(processName);
            if (Date.now() > deadline) {
                const where = processName === undefined ? [] : ["", ...this.excerpt(processName)];
                throw new UserError(`Gave up after ${timeoutSeconds} s waiting for ${what}: ${reason}`, ...where);
            }
            await sleep(pause);
        }
    }

    private died(name: string): UserError {
        return new UserError(`${name} has ended.`, ...this.excerpt(name));
    }

    private excerpt(name: string): string[] {
        return [`The end of its log (npm run sandbox -- logs ${name}):`, tail(this.logOf(name))];
    }

    private recordOf(name: string): string {
        return join(this.places.run, `${name}.json`);
    }

    /** A run that was killed between starting a server and recording it leaves one that nobody knows. */
    private strays(specification: ProcessSpec): ProcessIdentity[] {
        const program = realpathSync(specification.command);
        return findByEnvironment(nameVariable, specification.name).filter(
            ({ pid }) =>
                readLink(`/proc/${pid}/exe`) === program &&
                environmentOf(pid).includes(`${stateVariable}=${this.places.state}`) &&
                // A server's children carry the same marks, but only the server leads its session.
                statOf(pid)?.session === pid,
        );
    }

    private environmentOf(specification: ProcessSpec, path: string): Record<string, string> {
        return {
            PATH: path,
            HOME: process.env.HOME ?? this.places.state,
            TMPDIR: this.places.temporary,
            ...specification.env,
            [stateVariable]: this.places.state,
            [nameVariable]: specification.name,
        };
    }
}

/** A change of any of it means that a running process is out of date. */
function fingerprint(specification: ProcessSpec, environment: Record<string, string>, buildDirectory: string): string {
    const bundles = specification.args.filter((argument) => argument.startsWith(`${buildDirectory}/`));
    const contents = [...bundles, ...(specification.inputs ?? [])].map((file) =>
        createHash("sha256").update(readFileSync(file)).digest("hex"),
    );
    // npm and shells vary PATH from call to call without a meaning for servers.
    const { PATH: _, ...rest } = environment;
    const whole = [realpathSync(specification.command), specification.args, rest, specification.cwd ?? null, contents];
    return createHash("sha256").update(JSON.stringify(whole)).digest("hex");
}

function withTimeout<T>(work: Promise<T>, milliseconds: number): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const expired = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error("no answer")), milliseconds);
    });
    return Promise.race([work, expired]).finally(() => clearTimeout(timer));
}

function readLink(path: string): string | undefined {
    try {
        return realpathSync(path);
    } catch {
        return undefined;
    }
}

function environmentOf(pid: number): string[] {
    try {
        return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
    } catch {
        return [];
    }
}
