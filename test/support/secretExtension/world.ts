import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { request } from "node:http";
import { allowList } from "../../../jobs/secret-extension/allowList.js";
import { type Log, serve } from "../../../jobs/secret-extension/run.js";
import type { ExtensionSettings } from "../../../jobs/secret-extension/settings.js";
import { type MappingDocument, mapping } from "../../../jobs/secret-sync/mapping.js";
import { signatureHeaders } from "../../../sandbox/doubles/woodpecker/extension.js";
import { FaultProxy } from "../faultProxy.js";
import { HttpStub } from "../httpStub.js";
import { VaultStub } from "../secretSync/vaultStub.js";
import { waitFor } from "../waitFor.js";

export interface Got {
    readonly status: number;
    readonly text: string;
}

export interface Asked {
    readonly key?: KeyObject;
    readonly target?: string;
    /** Instead of the repository and event. */
    readonly body?: string;
    readonly headers?: Readonly<Record<string, string>>;
    /** Seconds since the epoch. @default now */
    readonly created?: number;
}

/** An extension between a Vault, behind a proxy that can do harm, and a server that only shows its key. */
export class ExtensionWorld {
    readonly log: Record<string, unknown>[] = [];
    readonly #stop = new AbortController();
    #ended: Promise<void> = Promise.resolve();
    #key = generateKeyPairSync("ed25519");

    private constructor(
        readonly vault: VaultStub,
        readonly toVault: FaultProxy,
        readonly server: HttpStub,
    ) {}

    static async start(document: MappingDocument, changes: Partial<ExtensionSettings> = {}): Promise<ExtensionWorld> {
        const vault = await VaultStub.start();
        vault.role = "secret-extension";
        const world = new ExtensionWorld(vault, await FaultProxy.start(vault.url), await HttpStub.start());
        world.newKey();
        world.#run(document, changes);
        return world;
    }

    /** The server has another key from now on, as one with a new database. */
    newKey(): void {
        this.#key = generateKeyPairSync("ed25519");
        const body = this.#key.publicKey.export({ type: "spki", format: "pem" }).toString();
        this.server.on("GET /api/signature/public-key", { status: 200, body });
    }

    /** Asks as the server does. */
    async ask(repository: string, event: string, changes: Asked = {}): Promise<Got> {
        const {
            key = this.#key.privateKey,
            target = "/secrets",
            body = `${JSON.stringify({ repo: { full_name: repository }, pipeline: { event, number: 7 } })}\n`,
            headers = {},
            created = Math.floor(Date.now() / 1000),
        } = changes;
        return this.send(target, { ...signatureHeaders(target, body, key, created), ...headers }, body);
    }

    async send(target: string, headers: Readonly<Record<string, string>>, body = "", method = "POST"): Promise<Got> {
        const { listening } = await this.record("listening");
        return exchange(Number(listening), target, headers, body, method);
    }

    async monitor(target: string): Promise<Got> {
        const { monitoring } = await this.record("monitoring");
        return exchange(Number(monitoring), target, {}, "", "GET");
    }

    /** The first record of the log with such a key. */
    record(key: string): Promise<Record<string, unknown>> {
        return waitFor(`a record with ${key}`, () => {
            const found = this.log.find((record) => key in record);
            if (!found) throw new Error(JSON.stringify(this.log));
            return found;
        });
    }

    /** Value of a series, as its line has it. */
    async metric(series: string): Promise<number | undefined> {
        const { text } = await this.monitor("/metrics");
        const line = text.split("\n").find((one) => one.startsWith(`${series} `));
        return line === undefined ? undefined : Number(line.slice(series.length + 1));
    }

    async ready(): Promise<void> {
        await waitFor("the extension", async () => {
            if ((await this.monitor("/readyz")).status !== 200) throw new Error(JSON.stringify(this.log));
        });
    }

    /** Tells it to stop. @returns its end */
    stopping(): Promise<void> {
        this.#stop.abort();
        return this.#ended;
    }

    async stop(): Promise<void> {
        await this.stopping();
        for (const part of [this.toVault, this.vault, this.server]) await part.stop();
    }

    #run(document: MappingDocument, changes: Partial<ExtensionSettings>): void {
        const loopback = { host: "127.0.0.1", port: 0 };
        const settings: ExtensionSettings = {
            vault: {
                address: new URL(`${this.toVault.url}/`),
                kvMount: "secret",
                credential: () => ({ mount: "kubernetes", role: "secret-extension", jwt: this.vault.jwt }),
            },
            woodpecker: new URL(`${this.server.url}/`),
            mapping: mapping.parse(document),
            allow: allowList.parse([{ repositories: ["acme/*"] }]),
            instance: "test",
            listen: loopback,
            monitorListen: loopback,
            certificate: () => undefined,
            cacheSeconds: 60,
            cacheSize: 1 << 20,
            checkSeconds: 300,
            answerSeconds: 2,
            drainSeconds: 0,
            ...changes,
        };
        const log: Log = (record) => void this.log.push({ ...record });
        this.#ended = serve(settings, this.#stop.signal, log);
    }
}

function exchange(port: number, path: string, headers: Readonly<Record<string, string>>, body: string, method: string) {
    return new Promise<Got>((resolve, reject) => {
        const length = { "content-length": String(Buffer.byteLength(body)) };
        const options = { host: "127.0.0.1", port, path, method, headers: { ...headers, ...length }, agent: false };
        const call = request(options, async (response) => {
            const chunks: Buffer[] = [];
            for await (const chunk of response) chunks.push(chunk as Buffer);
            resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
        });
        call.on("error", reject);
        call.end(body);
    });
}
