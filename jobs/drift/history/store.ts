import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { PlainError, wordsOf } from "../../lib/errors.js";
import type { KubernetesApi } from "../kubernetes.js";
import { emptyHistory, type History, parseHistory } from "./history.js";

/** What a store held, and a mark that tells whether it still does. */
export interface Stored {
    readonly history: History;
    readonly mark: string;
}

/** Where the history is kept between runs. */
export interface HistoryStore {
    /** For people. */
    readonly place: string;
    /** @throws PlainError when it cannot be read; an empty history only where there is none */
    load(): Promise<Stored>;
    /**
     * Replaces the history as a whole.
     *
     * @throws HistoryChanged when somebody else replaced it since `mark`
     */
    save(history: History, mark: string): Promise<void>;
}

/** Another run wrote the history in the meantime. */
export class HistoryChanged extends PlainError {
    override readonly name = "HistoryChanged";
}

/** A file on a disk that outlives the run. */
export class FileStore implements HistoryStore {
    readonly place: string;

    constructor(private readonly path: string) {
        this.place = path;
    }

    async load(): Promise<Stored> {
        const text = this.#read();
        return {
            history: text === undefined ? emptyHistory : parseHistory(text, this.path),
            mark: markOf(text),
        };
    }

    async save(history: History, mark: string): Promise<void> {
        if (markOf(this.#read()) !== mark)
            throw new HistoryChanged(`${this.path}: another run has written it meanwhile`);
        try {
            mkdirSync(dirname(this.path), { recursive: true });
            const beside = `${this.path}.${process.pid}.tmp`;
            writeFileSync(beside, `${JSON.stringify(history, undefined, 1)}\n`, { mode: 0o600, flush: true });
            renameSync(beside, this.path);
        } catch (error) {
            throw new PlainError(`${this.path}: the history cannot be written: ${wordsOf(error)}`);
        }
    }

    #read(): string | undefined {
        try {
            return readFileSync(this.path, "utf8");
        } catch (error) {
            if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
            throw new PlainError(`${this.path}: the history cannot be read: ${wordsOf(error)}`);
        }
    }
}

const KEY = "history.json.gz";
/** The API server takes no object above a mebibyte and a half; base64 adds a third. */
const MAX_BYTES = 700_000;

/** A ConfigMap that exists; the job may read and change this one and create none. */
export class ConfigMapStore implements HistoryStore {
    readonly place: string;
    readonly #path: string;

    constructor(
        private readonly api: () => Promise<KubernetesApi>,
        namespace: string,
        name: string,
    ) {
        this.place = `ConfigMap ${namespace}/${name}`;
        this.#path = `/api/v1/namespaces/${namespace}/configmaps/${name}`;
    }

    async load(): Promise<Stored> {
        const found = (await (await this.api()).request("GET", this.#path)) as ConfigMap | undefined;
        if (!found) throw new PlainError(`${this.place}: does not exist; the stack declares it (cicd:drift)`);
        const packed = found.binaryData?.[KEY];
        const mark = String(found.metadata?.resourceVersion ?? "");
        if (packed === undefined) return { history: emptyHistory, mark };
        let text: string;
        try {
            text = gunzipSync(Buffer.from(packed, "base64")).toString("utf8");
        } catch {
            throw new PlainError(
                `${this.place}: ${KEY} is not gzip; mend it or take it out, the ages in it are kept nowhere else`,
            );
        }
        return { history: parseHistory(text, this.place), mark };
    }

    async save(history: History, mark: string): Promise<void> {
        const packed = gzipSync(JSON.stringify(history));
        if (packed.length > MAX_BYTES)
            throw new PlainError(`${this.place}: the history is larger than ${MAX_BYTES} bytes`);
        const body = { metadata: { resourceVersion: mark }, binaryData: { [KEY]: packed.toString("base64") } };
        const query = "?fieldManager=cicd-drift";
        try {
            await (await this.api()).request("PATCH", this.#path + query, body);
        } catch (error) {
            if ((error as { status?: number }).status !== 409) throw error;
            throw new HistoryChanged(`${this.place}: another run has written it meanwhile`);
        }
    }
}

interface ConfigMap {
    readonly metadata?: { readonly resourceVersion?: string };
    readonly binaryData?: Readonly<Record<string, string>>;
}

function markOf(text: string | undefined): string {
    return text === undefined ? "" : createHash("sha256").update(text).digest("hex");
}
