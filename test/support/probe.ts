import type { Ledger } from "../../jobs/integrity-probe/ledger.js";
import { runProbe } from "../../jobs/integrity-probe/probe.js";
import type { ProbeSettings } from "../../jobs/integrity-probe/settings.js";

/** Runs the probe on a registry, with all blobs, unless said otherwise. */
export async function probe(registry: URL, settings: Partial<ProbeSettings> = {}): Promise<Ledger> {
    const { ledger } = await runProbe(probeSettingsFor(registry, settings));
    return ledger;
}

export function probeSettingsFor(registry: URL, settings: Partial<ProbeSettings> = {}): ProbeSettings {
    return {
        registry,
        instance: registry.host,
        concurrency: 4,
        requestTimeoutMs: 5000,
        deadlineSeconds: 60,
        blobs: "all",
        retryPauseMs: 5,
        ...settings,
    };
}

/** What a run found, as `repository:tag platform class`. */
export function broken({ findings }: Ledger): string[] {
    return findings
        .map(({ repository, tag, platform, class: kind }) => `${repository}:${tag} ${platform} ${kind}`)
        .sort();
}
