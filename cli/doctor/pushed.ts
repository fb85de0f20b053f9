import { isCurrentShard } from "../../components/monitoring/shards.js";
import { instanceOf } from "../../config/integrityProbe.js";
import type { Settings } from "../../config/settings.js";
import type { PushedGroup } from "./world.js";

interface Sample {
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
}

/** Samples of a family in a group of the Pushgateway's API, which writes numbers as text. */
export function series(group: PushedGroup, family: string): Sample[] {
    const { metrics = [] } = (group[family] ?? {}) as {
        metrics?: { labels?: Record<string, string>; value: string }[];
    };
    return metrics.map(({ labels = {}, value }) => ({ labels, value: Number(value) }));
}

/** Another instance is another stack's; the pipeline that looks for drift has none. */
export function groupsOf(groups: readonly PushedGroup[], job: string, instance: string | undefined): PushedGroup[] {
    return groups.filter(({ labels }) => labels.job === job && (labels.instance || undefined) === instance);
}

/** What the probe of this stack pushed: a group a shard. */
export function walksOf(probe: Settings["integrityProbe"], groups: readonly PushedGroup[]): PushedGroup[] {
    if (!probe) return [];
    return groupsOf(groups, "registry-integrity-probe", instanceOf(probe)).filter(({ labels }) =>
        isCurrentShard(labels.shard, probe.shards),
    );
}
