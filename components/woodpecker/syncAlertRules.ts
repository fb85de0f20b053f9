import { alertRule, type RuleGroups } from "../monitoring/alertRule.js";

export interface SyncAlertsInput {
    /** Label `instance` of the sync's metrics. */
    readonly instance: string;
    readonly staleAfterSeconds: number;
    readonly runbookUrl?: string | undefined;
}

/** Alert rules of the secret sync: for a run that failed, and for every way in which it can fall silent. */
export function syncAlertRules({ instance, staleAfterSeconds, runbookUrl }: SyncAlertsInput): RuleGroups {
    const labels = `{job="secret-sync",instance=${JSON.stringify(instance)}}`;
    const success = `secret_sync_last_success_timestamp_seconds${labels}`;
    const rules = [
        alertRule(runbookUrl, "SecretSyncFailing", "warning", "5m", {
            expr: `secret_sync_success${labels} == 0`,
            summary: "The last secret sync of {{ $labels.instance }} failed",
            description: "Woodpecker may hold old values. The log of the last Job names each secret and the reason.",
        }),
        // By the last success, not the last run: a sync that always fails is as good as none.
        alertRule(runbookUrl, "SecretSyncStale", "warning", "5m", {
            expr: `time() - ${success} > ${staleAfterSeconds}`,
            summary: "Secrets of {{ $labels.instance }} were last in order {{ $value | humanizeDuration }} ago",
            description: "The sync does not run, fails, or does not come to an end within its deadline.",
        }),
        alertRule(runbookUrl, "SecretSyncAbsent", "warning", "30m", {
            expr: `absent(${success})`,
            summary: "There are no metrics of a successful secret sync of {{ $labels.instance }}",
            description: "The sync never succeeded, or the Pushgateway has lost what it had.",
        }),
        alertRule(runbookUrl, "SecretSyncPushFailing", "warning", "5m", {
            expr: `push_failure_time_seconds${labels} > push_time_seconds${labels}`,
            summary: "The Pushgateway refuses the metrics of the secret sync of {{ $labels.instance }}",
            description: "What is known of the sync is as old as the last push that was taken.",
        }),
    ];
    return { groups: [{ name: "secret-sync", rules }] };
}
