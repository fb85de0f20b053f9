import { type Gauge, gauge } from "../lib/metrics.js";
import { countOf, nameOf, placeName, targetOf } from "./apply.js";
import type { Step } from "./plan.js";
import { exitCodeOf, problemsOf, type SyncRun } from "./sync.js";

const PREFIX = "secret_sync";
const MAX_LISTED = 200;
const sign: Record<Step["action"], string> = { create: "+", change: "~", restore: "~", adopt: "~", prune: "-" };

/** Counts of a run; in mode plan of what would be done. */
export function countsOf(run: SyncRun) {
    const { plan, applied, error } = run;
    const steps = applied?.done ?? (run.mode === "plan" ? (plan?.steps ?? []) : []);
    const pruned = countOf(steps, "prune");
    return {
        managed: (plan?.unchanged ?? 0) + steps.length - pruned,
        unchanged: plan?.unchanged ?? 0,
        created: countOf(steps, "create"),
        changed: countOf(steps, "change", "restore", "adopt"),
        pruned,
        failed: problemsOf(run).length + Number(error !== undefined),
    };
}

/** Names, actions and reasons for people; never a value. */
export function linesOf(run: SyncRun): string[] {
    const { plan, applied } = run;
    const steps = applied?.done ?? plan?.steps ?? [];
    const refusal = plan?.refusal === undefined ? [] : [`refused: ${plan.refusal}`];
    const stopped = applied?.stopped === undefined ? [] : [`stopped: ${applied.stopped}`];
    return [
        ...steps.map((step) => `${sign[step.action]} ${place(step)}: ${step.action}, ${step.reason}`),
        ...problemsOf(run).map((problem) => `! ${placeName(problem)}: ${problem.reason}`),
        ...refusal,
        ...stopped,
        ...(run.error === undefined ? [] : [`failed, nothing was changed: ${run.error}`]),
        ...(run.warning === undefined ? [] : [`warning: ${run.warning}`]),
    ];
}

/** The line of JSON that sums a run up. */
export function summaryOf(run: SyncRun): object {
    const { plan, applied, mode, durationSeconds } = run;
    const steps = applied?.done ?? plan?.steps ?? [];
    const troubles = [plan?.refusal, applied?.stopped, run.error].filter((trouble) => trouble !== undefined);
    return {
        mode,
        complete: exitCodeOf(run) !== 1,
        ...countsOf(run),
        durationSeconds,
        actions: steps.slice(0, MAX_LISTED).map((step) => ({ secret: place(step), action: step.action })),
        problems: problemsOf(run)
            .slice(0, MAX_LISTED)
            .map((problem) => ({ secret: placeName(problem), reason: problem.reason })),
        ...(troubles.length > 0 && { troubles }),
    };
}

/**
 * The metrics of an applied run.
 *
 * A run that failed leaves out when the last success was and, where it could not see them, how many secrets there
 * are: the gateway keeps what it had.
 *
 * @param time seconds since the epoch
 */
export function gaugesOf(run: SyncRun, time: number): Gauge[] {
    const { managed, created, changed, pruned, failed } = countsOf(run);
    const success = exitCodeOf(run) === 0;
    return [
        ...(success
            ? [gauge(`${PREFIX}_last_success_timestamp_seconds`, "When the last run without a failure ended.", time)]
            : []),
        gauge(`${PREFIX}_last_run_timestamp_seconds`, "When the last run ended, whatever came of it.", time),
        gauge(`${PREFIX}_success`, "Whether the last run ended without a failure.", Number(success)),
        ...(run.plan
            ? [gauge(`${PREFIX}_managed`, "Secrets that Woodpecker holds as they are in Vault.", managed)]
            : []),
        gauge(`${PREFIX}_created`, "Secrets the last run created.", created),
        gauge(`${PREFIX}_changed`, "Secrets the last run changed, restored or took over.", changed),
        gauge(`${PREFIX}_pruned`, "Secrets the last run removed.", pruned),
        gauge(
            `${PREFIX}_failed`,
            "Secrets the last run could not bring in order, or 1 when it could not begin.",
            failed,
        ),
        gauge(`${PREFIX}_duration_seconds`, "How long the last run took.", run.durationSeconds),
    ];
}

const place = (step: Step) => placeName({ target: targetOf(step), name: nameOf(step) });
