import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config, Cron, Org, Permission, Pipeline, Registry, Repo, Secret, Step, User, Workflow } from "./model.js";

/** The agent hands lines over in batches, so that a log is empty for a moment after its pipeline has ended. */
const batchMilliseconds = 800;

interface Tables {
    users: User[];
    orgs: Org[];
    repos: Repo[];
    permissions: Permission[];
    redirections: { repoId: number; fullName: string }[];
    secrets: Secret[];
    registries: Registry[];
    crons: Cron[];
    pipelines: Pipeline[];
    configs: Config[];
    workflows: Workflow[];
    steps: Step[];
}

type TableName = keyof Tables;

interface State extends Tables {
    /** The last id that was given out, per table; ids are never used again. */
    lastId: Partial<Record<TableName | "logs", number>>;
    /** Signs the state parameter of logins. */
    jwtSecret: string;
    /** Signs requests to extensions, PEM; made when it is first needed. */
    signatureKey?: string;
}

/** One line of a step's log, as the API shows it; `data` is base64. */
export interface LogLine {
    readonly id: number;
    readonly step_id: number;
    /** Seconds since the step began. */
    readonly time: number;
    readonly line: number;
    readonly data: string;
    readonly type: 0;
}

/** The double's database: one JSON file, written beside and renamed, mode 600; logs lie in files of their own. */
export class Store {
    readonly #directory: string;
    readonly #state: State;
    readonly #lateLogs = new Map<number, { readonly timer: NodeJS.Timeout; readonly lines: readonly LogLine[] }>();
    #timer: NodeJS.Timeout | undefined;
    #isClosed = false;

    constructor(directory: string) {
        this.#directory = directory;
        mkdirSync(join(directory, "logs"), { recursive: true, mode: 0o700 });
        const file = this.#file();
        this.#state = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as State) : emptyState();
    }

    /** The rows of a table in the order of their ids. Call {@link touch} after a change. */
    table<N extends TableName>(name: N): Tables[N] {
        return this.#state[name];
    }

    get jwtSecret(): string {
        return this.#state.jwtSecret;
    }

    get signatureKey(): KeyObject {
        const known = this.#state.signatureKey;
        if (known !== undefined) return createPrivateKey(known);
        const { privateKey } = generateKeyPairSync("ed25519");
        this.#state.signatureKey = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
        this.touch();
        return privateKey;
    }

    nextId(name: TableName | "logs"): number {
        const id = (this.#state.lastId[name] ?? 0) + 1;
        this.#state.lastId[name] = id;
        this.touch();
        return id;
    }

    /** Appends a row under a new id. */
    insert<N extends TableName, R extends Tables[N][number] & { readonly id: number }>(name: N, row: Omit<R, "id">): R {
        const full = { id: this.nextId(name), ...row } as R;
        (this.#state[name] as unknown as R[]).push(full);
        return full;
    }

    remove<N extends TableName>(name: N, unwanted: (row: Tables[N][number]) => boolean): void {
        const rows = this.#state[name] as Tables[N][number][];
        (this.#state as unknown as Record<string, unknown>)[name] = rows.filter((row) => !unwanted(row));
        this.touch();
    }

    /** Lets the change reach the disk within moments; {@link save} does it at once. */
    touch(): void {
        if (this.#isClosed) return;
        this.#timer ??= setTimeout(() => this.save(), 20);
    }

    save(): void {
        if (this.#timer === undefined) return;
        clearTimeout(this.#timer);
        this.#timer = undefined;
        const beside = `${this.#file()}.tmp`;
        writeFileSync(beside, JSON.stringify(this.#state), { mode: 0o600 });
        chmodSync(beside, 0o600);
        renameSync(beside, this.#file());
    }

    readLog(stepId: number): readonly LogLine[] {
        const file = this.#log(stepId);
        return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as LogLine[]) : [];
    }

    /** Lets the log be read after a while, with all the lines the list has got by then. */
    writeLogLater(stepId: number, lines: readonly LogLine[]): void {
        if (this.#isClosed || this.#lateLogs.has(stepId)) return;
        const timer = setTimeout(() => this.#writeLog(stepId, lines), batchMilliseconds);
        this.#lateLogs.set(stepId, { timer, lines });
    }

    /** Writes what still waits. What a request under way changes after that is lost with its connection. */
    close(): void {
        for (const [stepId, { timer, lines }] of this.#lateLogs) {
            clearTimeout(timer);
            this.#writeLog(stepId, lines);
        }
        this.save();
        this.#isClosed = true;
    }

    #writeLog(stepId: number, lines: readonly LogLine[]): void {
        this.#lateLogs.delete(stepId);
        const beside = `${this.#log(stepId)}.tmp`;
        writeFileSync(beside, JSON.stringify(lines), { mode: 0o600 });
        renameSync(beside, this.#log(stepId));
    }

    removeLog(stepId: number): void {
        rmSync(this.#log(stepId), { force: true });
    }

    #file(): string {
        return join(this.#directory, "woodpecker.json");
    }

    #log(stepId: number): string {
        return join(this.#directory, "logs", `${stepId}.json`);
    }
}

function emptyState(): State {
    return {
        users: [],
        orgs: [],
        repos: [],
        permissions: [],
        redirections: [],
        secrets: [],
        registries: [],
        crons: [],
        pipelines: [],
        configs: [],
        workflows: [],
        steps: [],
        lastId: {},
        jwtSecret: randomBytes(32).toString("hex"),
    };
}
