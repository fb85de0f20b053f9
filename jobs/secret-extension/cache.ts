import type { KvSecret } from "../lib/vault.js";

export interface CacheOptions {
    /** For how long a secret is good after it was read; 0: not at all. */
    readonly seconds: number;
    /** Most it holds, counted in characters of keys and values. */
    readonly size: number;
    /** Milliseconds on a clock that cannot be set back. @default performance.now */
    readonly now?: () => number;
}

/** Reads paths; what cannot be read is left out. */
export type ReadPaths = (paths: readonly string[]) => Promise<ReadonlyMap<string, KvSecret>>;

interface Kept {
    readonly secret: KvSecret;
    readonly until: number;
    readonly size: number;
}

/** Secrets of Vault for a moment, bounded in time and size; pipelines that come at once share one read. */
export class Cache {
    readonly #kept = new Map<string, Kept>();
    readonly #underWay = new Map<string, Promise<KvSecret | undefined>>();
    readonly #now: () => number;
    #size = 0;

    constructor(
        private readonly options: CacheOptions,
        private readonly read: ReadPaths,
    ) {
        this.#now = options.now ?? (() => performance.now());
    }

    /** Paths it holds, good or not. */
    get length(): number {
        return this.#kept.size;
    }

    async get(paths: readonly string[]): Promise<Map<string, KvSecret>> {
        const missing = paths.filter((path) => !this.#fresh(path) && !this.#underWay.has(path));
        if (missing.length > 0) this.#fetch(missing);
        const found = await Promise.all(
            paths.map(async (path) => [path, this.#fresh(path) ?? (await this.#underWay.get(path))] as const),
        );
        return new Map(found.filter((entry): entry is [string, KvSecret] => entry[1] !== undefined));
    }

    /** Reads everything anew. */
    async refresh(paths: readonly string[]): Promise<ReadonlyMap<string, KvSecret>> {
        const secrets = await this.read(paths);
        for (const [path, secret] of secrets) this.#keep(path, secret);
        return secrets;
    }

    #fetch(paths: readonly string[]): void {
        const reading = this.refresh(paths).catch(() => new Map<string, KvSecret>());
        for (const path of paths) {
            const one = reading.then((secrets) => secrets.get(path)).finally(() => this.#underWay.delete(path));
            this.#underWay.set(path, one);
        }
    }

    #fresh(path: string): KvSecret | undefined {
        const kept = this.#kept.get(path);
        if (kept && kept.until > this.#now()) return kept.secret;
        if (kept) this.#drop(path, kept);
        return undefined;
    }

    #keep(path: string, secret: KvSecret): void {
        const known = this.#kept.get(path);
        if (known) this.#drop(path, known);
        const size = [...secret.data].reduce((sum, [key, value]) => sum + key.length + sizeOf(value), 0);
        if (this.options.seconds === 0 || size > this.options.size) return;
        for (const [other, kept] of this.#kept) {
            if (this.#size + size <= this.options.size) break;
            this.#drop(other, kept);
        }
        this.#kept.set(path, { secret, size, until: this.#now() + this.options.seconds * 1000 });
        this.#size += size;
    }

    #drop(path: string, { size }: Kept): void {
        this.#kept.delete(path);
        this.#size -= size;
    }
}

const sizeOf = (value: unknown) => (typeof value === "string" ? value.length : JSON.stringify(value).length);
