import { type Gauge, gauge } from "../../lib/metrics.js";
import { causes, type StackResult, type StackState } from "../finding.js";
import { type History, openEntries } from "../history/history.js";

const stateValue: Record<StackState, number> = { clean: 0, drift: 1, error: 2 };

/**
 * The metrics of a run, all in one group.
 *
 * @param history without one there are no ages: those that the gateway has are truer than none
 * @param now seconds since the epoch
 */
export function gaugesOf(
    results: readonly StackResult[],
    history: History | undefined,
    now: number,
    durationSeconds: number,
): Gauge[] {
    const oldest = results.flatMap(({ stack }) => {
        const seen = openEntries(history, stack).map((entry) => entry.firstSeen);
        return seen.length > 0 ? [{ labels: { stack }, value: Math.min(...seen) }] : [];
    });
    const age = (stack: string) => {
        const first = oldest.find(({ labels }) => labels.stack === stack)?.value ?? now;
        return Math.round((now - first) / 36) / 100;
    };
    const count = (state: StackState) => results.filter((result) => result.state === state).length;
    const ages: Gauge[] = [
        {
            name: "drift_stack_first_seen",
            help: "When the oldest finding that stands was first seen.",
            samples: oldest,
        },
        {
            name: "drift_stack_age_hours",
            help: "Age of the oldest finding that stands, at the time of the run.",
            samples: results.map(({ stack }) => ({ labels: { stack }, value: age(stack) })),
        },
    ];
    return [
        {
            name: "drift_stack_state",
            help: "0 clean, 1 drift, 2 could not be told.",
            samples: results.map(({ stack, state }) => ({ labels: { stack }, value: stateValue[state] })),
        },
        ...(history ? ages : []),
        {
            name: "drift_stack_findings",
            help: "Findings that stand, by cause.",
            samples: results.flatMap(({ stack, findings }) =>
                Object.keys(causes)
                    .map((cause) => ({
                        labels: { stack, cause },
                        value: findings.filter((each) => each.cause === cause).length,
                    }))
                    .filter(({ value }) => value > 0),
            ),
        },
        {
            name: "drift_stack_expected",
            help: "Differences that somebody declared to be expected.",
            samples: results.map(({ stack, expected }) => ({ labels: { stack }, value: expected.length })),
        },
        gauge("drift_stack_count", "Stacks with drift.", count("drift")),
        gauge("drift_error_count", "Stacks of which could not be told whether there is drift.", count("error")),
        gauge("drift_clean_count", "Stacks without drift.", count("clean")),
        gauge("drift_detection_last_run_timestamp", "When the last run ended, whatever came of it.", now),
        gauge("drift_detection_duration_seconds", "How long the run took.", Math.round(durationSeconds * 10) / 10),
    ];
}
