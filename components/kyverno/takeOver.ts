import { setTimeout as pause } from "node:timers/promises";
import type { KubernetesObjects } from "../adoption/kubernetesObjects.js";
import { KEPT_BY_LABELS, POLICY_LABEL, type PolicyKind } from "./names.js";

const PATIENCE_MS = 60_000;
const PAUSE_MS = 500;
/** For how long nothing has to come back. */
const CALM_MS = 2_000;
/** After which a copy that was left behind is pushed. */
const PUSH_MS = 5_000;

const SECRET = { system: "Kubernetes", kind: "Secret", apiVersion: "v1" } as const;

interface Labelled {
    readonly metadata?: {
        readonly name?: string;
        readonly namespace?: string;
        readonly labels?: Readonly<Record<string, string>>;
    };
}

/** A policy that was just made, and the namespaces that it leaves alone. */
export interface Successor {
    readonly kind: PolicyKind;
    readonly name: string;
    readonly excluded: readonly string[];
}

/**
 * Waits until the copies of the policy before are this one's.
 *
 * What Kyverno had begun for the policy before, it ends after that policy's deletion, and writes a copy once more that was taken over
 * already (seen on 1.19.1). The new policy writes it again when it changes: so the other interface's label is taken off it.
 *
 * @returns the namespaces whose copies nobody renews
 */
export async function untilTakenOver(cluster: KubernetesObjects, successor: Successor): Promise<string[]> {
    const start = Date.now();
    let [calmSince, pushed] = [Number.POSITIVE_INFINITY, start];
    for (;;) {
        const copies: Labelled[] = await cluster.list(SECRET, `${POLICY_LABEL}=${successor.name}`);
        const left = leftBehind(copies, successor);
        const now = Date.now();
        calmSince = left.length === 0 ? Math.min(calmSince, now) : Number.POSITIVE_INFINITY;
        if (copies.length === 0 || now - calmSince >= CALM_MS) return [];
        if (now - start >= PATIENCE_MS && left.length > 0) return left.map(({ metadata }) => metadata?.namespace ?? "");
        if (now - pushed >= PUSH_MS) {
            for (const copy of left) await push(cluster, copy, successor.kind);
            pushed = now;
        }
        await pause(PAUSE_MS);
    }
}

/** @param copies that carry the policy's name */
export function leftBehind<T extends Labelled>(copies: readonly T[], { kind, excluded }: Successor): T[] {
    return copies.filter(
        ({ metadata }) =>
            metadata?.labels?.[KEPT_BY_LABELS[kind]] === undefined && !excluded.includes(metadata?.namespace ?? ""),
    );
}

async function push(cluster: KubernetesObjects, { metadata }: Labelled, kind: PolicyKind): Promise<void> {
    const other = kind === "ClusterPolicy" ? "GeneratingPolicy" : "ClusterPolicy";
    const secret = { ...SECRET, name: metadata?.name ?? "", within: metadata?.namespace };
    await cluster.merge(secret, { metadata: { labels: { [KEPT_BY_LABELS[other]]: null } } });
}
