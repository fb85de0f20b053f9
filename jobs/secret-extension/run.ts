import { setTimeout as pause } from "node:timers/promises";
import { wordsOf } from "../lib/errors.js";
import { HttpClient } from "../lib/http.js";
import { Cache } from "./cache.js";
import { Extension } from "./extension.js";
import { listenForMonitoring, listenForSecrets } from "./listen.js";
import { ExtensionMetrics } from "./metrics.js";
import { pinnedKey, ShownKey } from "./serverKey.js";
import type { ExtensionSettings } from "./settings.js";
import { VaultSource } from "./vaultSource.js";

/** Until the first look succeeds, the next one comes soon. */
const FIRST_CHECKS_MS = 5000;

export type Log = (record: Readonly<Record<string, unknown>>) => void;

/**
 * Serves until it is told to stop: then it says so to who asks whether it is ready, goes on serving for a moment, and
 * ends once every request under way is answered.
 *
 * @throws PlainError when it cannot listen
 */
export async function serve(settings: ExtensionSettings, stop: AbortSignal, log: Log): Promise<void> {
    const { vault, woodpecker, mapping, allow, checkSeconds, drainSeconds } = settings;
    const http = new HttpClient({ connections: 4 });
    const metrics = new ExtensionMetrics(settings.instance);
    const source = new VaultSource(http, {
        ...vault,
        seconds: settings.answerSeconds,
        onTrouble: (reason) => {
            metrics.countTrouble();
            log({ vault: "failed", reason });
        },
    });
    const cache = new Cache({ seconds: settings.cacheSeconds, size: settings.cacheSize }, (paths) =>
        source.read(paths),
    );
    const key = woodpecker instanceof URL ? new ShownKey(http, woodpecker, settings.keyPauseMs) : pinnedKey(woodpecker);
    const extension = new Extension({ mapping, kvMount: vault.kvMount, allow, key, cache, metrics, log });

    const secrets = await listenForSecrets(settings.listen, extension, settings.certificate());
    const monitoring = await listenForMonitoring(settings.monitorListen, metrics, () => stop.aborted);
    log({ listening: secrets.port, monitoring: monitoring.port });
    while (!stop.aborted) {
        await extension.check();
        try {
            const certificate = settings.certificate();
            if (certificate) secrets.renew(certificate);
        } catch (error) {
            log({ certificate: "not renewed", reason: wordsOf(error) });
        }
        await pause(metrics.ready ? checkSeconds * 1000 : FIRST_CHECKS_MS, undefined, { signal: stop }).catch(() => {});
    }
    log({ stopping: "no new requests are wanted", seconds: drainSeconds });
    await pause(drainSeconds * 1000);
    await Promise.all([secrets.close(), monitoring.close()]);
    http.close();
}
