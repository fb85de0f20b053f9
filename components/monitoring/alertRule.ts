export interface AlertRule {
    readonly alert: string;
    readonly expr: string;
    readonly for: string;
    readonly labels: { readonly severity: "critical" | "warning" };
    readonly annotations: Readonly<Record<string, string>>;
}

export interface RuleGroups {
    readonly groups: readonly { readonly name: string; readonly rules: readonly AlertRule[] }[];
}

export interface AlertText {
    /** PromQL; line breaks in it do not count. */
    readonly expr: string;
    readonly summary: string;
    readonly description: string;
}

/**
 * One alert, with a link to its section of the runbook.
 *
 * @param duration how long the expression must hold, e.g. `20m`
 */
export function alertRule(
    runbookUrl: string | undefined,
    alert: string,
    severity: "critical" | "warning",
    duration: string,
    { expr, summary, description }: AlertText,
): AlertRule {
    const runbook: Record<string, string> =
        runbookUrl === undefined ? {} : { runbook_url: `${runbookUrl}#${alert.toLowerCase()}` };
    return {
        alert,
        expr: expr.trim().replace(/\s+/g, " "),
        for: duration,
        labels: { severity },
        annotations: { summary, description, ...runbook },
    };
}
