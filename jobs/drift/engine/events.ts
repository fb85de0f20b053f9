/** What a preview said, taken from the engine's event log: one JSON document a line. */

export type ChangeOp = "create" | "update" | "delete" | "replace";

/** A step that an `up` would take. */
export interface Change {
    readonly urn: string;
    readonly type: string;
    readonly op: ChangeOp;
    readonly differences: readonly PropertyChange[];
    /** Inputs as the program has them now. */
    readonly declared: Readonly<Record<string, unknown>>;
    /** Inputs as the refresh found them. */
    readonly live: Readonly<Record<string, unknown>>;
}

export interface PropertyChange {
    readonly path: string;
    readonly kind: "add" | "delete" | "update";
}

/** A complaint of the engine, a provider or the program. */
export interface Complaint {
    readonly urn?: string;
    readonly message: string;
}

export interface EngineLog {
    readonly changes: readonly Change[];
    readonly errors: readonly Complaint[];
    /** Resources that a refresh found to be other than in the state, or gone. */
    readonly moved: ReadonlySet<string>;
    /** Whether the engine wrote its last word: a log without it is of a run that was cut off. */
    readonly complete: boolean;
    /** Steps of any kind. */
    readonly resources: number;
}

interface StepState {
    readonly inputs?: Readonly<Record<string, unknown>>;
    readonly outputs?: Readonly<Record<string, unknown>>;
}

interface Metadata {
    readonly op: string;
    readonly urn: string;
    readonly type: string;
    readonly old?: StepState | null;
    readonly new?: StepState | null;
    readonly diffs?: readonly string[] | null;
    readonly detailedDiff?: Readonly<Record<string, { readonly diffKind?: string; readonly kind?: string }>> | null;
}

interface EngineEvent {
    readonly resourcePreEvent?: { readonly metadata: Metadata };
    readonly resOutputsEvent?: { readonly metadata: Metadata };
    readonly resOpFailedEvent?: { readonly metadata: Metadata };
    readonly diagnosticEvent?: { readonly urn?: string; readonly message: string; readonly severity: string };
    readonly errorEvent?: { readonly error: string };
    readonly summaryEvent?: object;
}

const operations: Readonly<Record<string, ChangeOp>> = {
    create: "create",
    import: "create",
    update: "update",
    delete: "delete",
    replace: "replace",
    "create-replacement": "replace",
    "delete-replaced": "replace",
    "import-replacement": "replace",
};

/** @param text lines; one that is cut off at the end is left out */
export function parseEvents(text: string): EngineLog {
    const changes = new Map<string, Change>();
    const errors: Complaint[] = [];
    const moved = new Set<string>();
    const seen = new Set<string>();
    let complete = false;
    for (const event of eventsIn(text)) {
        const step = event.resourcePreEvent?.metadata;
        if (step) {
            seen.add(step.urn);
            const op = operations[step.op];
            if (op && step.type !== "pulumi:pulumi:Stack") {
                const known = changes.get(step.urn);
                // Of the three steps of a replacement the first has the differences.
                if (!known || known.differences.length === 0) changes.set(step.urn, changeOf(step, op));
            }
        }
        const outcome = event.resOutputsEvent?.metadata;
        if (outcome?.op === "refresh" && isMoved(outcome)) moved.add(outcome.urn);
        const { diagnosticEvent: diagnostic, errorEvent: error } = event;
        if (diagnostic?.severity === "error") {
            errors.push({ ...(diagnostic.urn && { urn: diagnostic.urn }), message: plain(diagnostic.message) });
        }
        if (error) errors.push({ message: plain(error.error) });
        if (event.summaryEvent) complete = true;
    }
    return { changes: [...changes.values()], errors, moved, complete, resources: seen.size };
}

function* eventsIn(text: string): Iterable<EngineEvent> {
    for (const line of text.split("\n")) {
        if (line.trim() === "") continue;
        let event: unknown;
        try {
            event = JSON.parse(line);
        } catch {
            continue;
        }
        if (typeof event === "object" && event !== null) yield event as EngineEvent;
    }
}

function changeOf(step: Metadata, op: ChangeOp): Change {
    const detailed = Object.entries(step.detailedDiff ?? {}).map(([path, { diffKind = "update" }]) => ({
        path,
        kind: kindOf(diffKind),
    }));
    const coarse = (step.diffs ?? []).map((path) => ({ path, kind: "update" as const }));
    return {
        urn: step.urn,
        type: step.type,
        op,
        differences: detailed.length > 0 ? detailed : coarse,
        declared: step.new?.inputs ?? {},
        live: step.old?.outputs ?? step.old?.inputs ?? {},
    };
}

function kindOf(diffKind: string): PropertyChange["kind"] {
    if (diffKind.startsWith("add")) return "add";
    return diffKind.startsWith("delete") ? "delete" : "update";
}

/** A refresh that found nothing has no new state; one that found the same has no differences. */
function isMoved({ new: now, detailedDiff, diffs }: Metadata): boolean {
    return !now || Object.keys(detailedDiff ?? {}).length > 0 || (diffs ?? []).length > 0;
}

/** The engine marks colours as `<{%reset%}>`. */
function plain(message: string): string {
    return message.replace(/<\{%[^%]*%\}>/g, "").trim();
}
