import { alertRule, type RuleGroups } from "../monitoring/alertRule.js";

export interface ExtensionAlertsInput {
    /** Label `extension` of the metrics. */
    readonly instance: string;
    /** Without a request for so long it counts as passed over. */
    readonly staleAfterSeconds: number;
    readonly runbookUrl?: string | undefined;
}

/**
 * Alert rules of the secret extension. Woodpecker's server goes on without it and says so in its own log alone, so each way in
 * which a pipeline can miss its secrets has an alert here.
 *
 * They name no `job`: each Prometheus gives the pods another one.
 */
export function extensionAlertRules({ instance, staleAfterSeconds, runbookUrl }: ExtensionAlertsInput): RuleGroups {
    const extension = `extension=${JSON.stringify(instance)}`;
    const all = `{${extension}}`;
    const requests = `secret_extension_requests_total${all}`;
    const since = (seconds: number) => `sum by (extension) (increase(${requests}[${seconds}s]))`;
    const outcome = (name: string) => `secret_extension_requests_total{${extension},outcome="${name}"}`;
    const rules = [
        alertRule(runbookUrl, "SecretExtensionDown", "critical", "5m", {
            expr: `absent(secret_extension_ready${all} == 1)`,
            summary: "No pod of the secret extension {{ $labels.extension }} is ready",
            description:
                "Pipelines get what Woodpecker has stored, which may be old or nothing: Woodpecker goes on in silence.",
        }),
        // The server makes pipelines and asks nobody: another endpoint, a host it may not call, a network in between.
        alertRule(runbookUrl, "SecretExtensionBypassed", "critical", "10m", {
            expr: `
                ${since(3600)} == 0
                and on () sum(delta(woodpecker_pipeline_total_count[1h])) > 0
                and on (extension) count by (extension) (${requests} offset 1h) > 0`,
            summary: "Woodpecker makes pipelines without asking the secret extension {{ $labels.extension }}",
            description: "Its log says why: failed to fetch secrets from extension.",
        }),
        alertRule(runbookUrl, "SecretExtensionNotAsked", "warning", "10m", {
            expr: `
                ${since(staleAfterSeconds)} == 0
                and on (extension) count by (extension) (${requests} offset ${staleAfterSeconds}s) > 0`,
            summary: "Nobody has asked the secret extension {{ $labels.extension }} for long",
            description: "Either there was no pipeline, or Woodpecker does not reach it and goes on in silence.",
        }),
        alertRule(runbookUrl, "SecretExtensionIncomplete", "critical", "0m", {
            expr: `sum by (extension) (increase(${outcome("incomplete")}[15m])) > 0`,
            summary: "Pipelines did not get all secrets of the secret extension {{ $labels.extension }}",
            description: "Its log names what was missing and why.",
        }),
        alertRule(runbookUrl, "SecretExtensionFailing", "warning", "15m", {
            expr: `max by (extension) (secret_extension_check_success${all}) == 0`,
            summary: "The secret extension {{ $labels.extension }} cannot serve all that it should",
            description: "Vault does not answer, or the mapping asks for what is not there. Its log names each.",
        }),
        alertRule(runbookUrl, "SecretExtensionRejecting", "warning", "0m", {
            expr: `sum by (extension) (increase(${outcome("rejected")}[15m])) > 0`,
            summary: "The secret extension {{ $labels.extension }} refused requests",
            description: "Somebody else asks for secrets, or Woodpecker signs with a key that is not believed.",
        }),
    ];
    return { groups: [{ name: "secret-extension", rules }] };
}
