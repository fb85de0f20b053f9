import { Counter } from "../lib/counter.js";
import { type Gauge, gauge, renderMetrics, withLabels } from "../lib/metrics.js";

/**
 * What became of a request: all that the mapping has for the pipeline, nothing because it has nothing for it, nothing
 * because the allow-list does not name it, less than the mapping asks for, or not signed by the server.
 */
export type Outcome = "served" | "empty" | "not_allowed" | "incomplete" | "rejected";

const OUTCOMES: readonly Outcome[] = ["served", "empty", "not_allowed", "incomplete", "rejected"];
const PREFIX = "secret_extension";

/** The extension as Prometheus sees it. */
export class ExtensionMetrics {
    readonly #requests = new Counter(
        `${PREFIX}_requests_total`,
        "Requests for secrets, by what became of them.",
        "outcome",
        OUTCOMES,
    );
    readonly #troubles = new Counter(
        `${PREFIX}_vault_failures_total`,
        "Logins and reads that Vault did not answer as asked.",
        "kind",
        ["read"],
    );
    ready = false;
    /** Of the last look at all paths of the mapping; nothing before the first. */
    check: { readonly good: boolean; readonly problems: number } | undefined;

    constructor(private readonly extension: string) {}

    count(outcome: Outcome): void {
        this.#requests.add(outcome);
    }

    countTrouble(): void {
        this.#troubles.add("read");
    }

    text(): string {
        const { check } = this;
        const families: Gauge[] = [
            gauge(
                `${PREFIX}_ready`,
                "Whether it can serve: it knows the server's key and has read Vault.",
                +this.ready,
            ),
            ...(check
                ? [
                      gauge(`${PREFIX}_check_success`, "Whether the last look found all in order.", +check.good),
                      gauge(`${PREFIX}_problems`, "Secrets of the mapping that cannot be served.", check.problems),
                  ]
                : []),
            this.#requests.family,
            this.#troubles.family,
        ];
        return renderMetrics(withLabels(families, { extension: this.extension }));
    }
}
