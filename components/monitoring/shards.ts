/**
 * Which groups of metrics are of shards that there are. Another number of shards leaves the groups of the one before at the
 * Pushgateway, where nothing ends by itself: they would count, and be stale for ever.
 */
export function isCurrentShard(shard: string | undefined, shards: number): boolean {
    return shards === 1 ? shard === undefined : shard !== undefined && Number(shard) < shards;
}

/** The same for PromQL, as a matcher of the label `shard`. */
export function currentShards(shards: number): string {
    if (shards === 1) return 'shard=""';
    return `shard=~${JSON.stringify(Array.from({ length: shards }, (_, index) => index).join("|"))}`;
}
