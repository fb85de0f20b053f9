import { type MappingDocument, mapping } from "../../../jobs/secret-sync/mapping.js";
import type { SyncSettings } from "../../../jobs/secret-sync/settings.js";
import { runSync, type SyncRun } from "../../../jobs/secret-sync/sync.js";
import { FaultProxy } from "../faultProxy.js";
import { VaultStub } from "./vaultStub.js";
import { WoodpeckerStub } from "./woodpeckerStub.js";

/** The two servers a sync talks to, each behind a proxy that can do it harm. */
export class StubWorld {
    readonly owner = "test";
    readonly fingerprintKey = "a-fingerprint-key-0c4f";

    private constructor(
        readonly vault: VaultStub,
        readonly woodpecker: WoodpeckerStub,
        readonly toVault: FaultProxy,
        readonly toWoodpecker: FaultProxy,
    ) {}

    static async start(): Promise<StubWorld> {
        const vault = await VaultStub.start();
        const woodpecker = await WoodpeckerStub.start();
        const [toVault, toWoodpecker] = [await FaultProxy.start(vault.url), await FaultProxy.start(woodpecker.url)];
        const world = new StubWorld(vault, woodpecker, toVault, toWoodpecker);
        const own = { "woodpecker-token": woodpecker.token, "fingerprint-key": world.fingerprintKey };
        vault.put("ci/secret-sync", JSON.stringify(own));
        return world;
    }

    async stop(): Promise<void> {
        for (const part of [this.toVault, this.toWoodpecker, this.vault, this.woodpecker]) await part.stop();
    }

    /** Puts `secret/ci/global`. */
    holds(data: Readonly<Record<string, unknown>>): void {
        this.vault.put("ci/global", JSON.stringify(data));
    }

    settings(
        changes: Partial<SyncSettings> = {},
        document: MappingDocument = { entries: [{ path: "ci/global" }] },
    ): SyncSettings {
        return {
            mode: "apply",
            vault: {
                address: new URL(`${this.toVault.url}/`),
                kvMount: "secret",
                credential: { mount: "kubernetes", role: "secret-sync", jwt: this.vault.jwt },
            },
            woodpecker: {
                server: this.toWoodpecker.url,
                token: { path: "ci/secret-sync", key: "woodpecker-token" },
            },
            fingerprintKey: { path: "ci/secret-sync", key: "fingerprint-key" },
            mapping: mapping.parse(document),
            pruneLimit: { count: 10 },
            rewrite: false,
            instance: this.owner,
            requestTimeoutSeconds: 5,
            deadlineSeconds: 30,
            retryPauseMs: 1,
            ...changes,
        };
    }

    /** One run; what it asked the servers is in the proxies, anew. */
    async sync(changes: Partial<SyncSettings> = {}, document?: MappingDocument): Promise<SyncRun> {
        this.toVault.requests.length = 0;
        this.toWoodpecker.requests.length = 0;
        return runSync(this.settings(changes, document));
    }
}
