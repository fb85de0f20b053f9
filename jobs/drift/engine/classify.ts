import { at, MASK, shown } from "../audit/shown.js";
import { type Cause, type Difference, type Finding, type FindingKind, finding } from "../finding.js";
import { logicalName, type StateResource } from "../state.js";
import type { Change, EngineLog, PropertyChange } from "./events.js";

const IMAGE = /containers\[\d+\]\.image$/;

/**
 * What a preview with refresh says about drift.
 *
 * @param state as it was before, for what was there and is gone
 */
export function classify(stack: string, log: EngineLog, state: readonly StateResource[]): Finding[] {
    const known = new Map(state.map((resource) => [resource.urn, resource]));
    return log.changes.map((change) => {
        const cause = causeOf(change, log, known.has(change.urn));
        return finding({
            stack,
            kind: kindOf(change, cause),
            cause,
            resource: change.urn,
            type: change.type,
            name: titleOf(change, known.get(change.urn)),
            seenBy: "engine",
            differences: change.op === "create" ? [] : change.differences.map((each) => difference(each, change)),
            accept: acceptOf(change, cause),
            mend: `pulumi up --stack ${stack} --refresh --run-program --target '${change.urn}'`,
        });
    });
}

function causeOf({ urn, type, op, differences }: Change, log: EngineLog, known: boolean): Cause {
    if (op === "create") return known ? "deleted" : "pending";
    if (op === "delete") return "pending";
    const pinned = type.endsWith("DeploymentPatch") && differences.some(({ path }) => IMAGE.test(path));
    if (pinned && log.moved.has(urn)) return "pin";
    return log.moved.has(urn) ? "edited" : "pending";
}

function kindOf({ op }: Change, cause: Cause): FindingKind {
    if (op === "create") return "missing";
    return op === "delete" && cause === "pending" ? "extra" : "changed";
}

function difference({ path, kind }: PropertyChange, { declared, live }: Change): Difference {
    const want = kind === "delete" ? undefined : at(declared, path);
    const have = kind === "add" ? undefined : at(live, path);
    const [wanted, found] = [shown(want, path, declared), shown(have, path, live)];
    // What is masked on one side is secret on the other.
    const secret = wanted === MASK || found === MASK;
    return {
        path,
        ...(wanted !== undefined && { declared: secret ? MASK : wanted }),
        ...(found !== undefined && { live: secret ? MASK : found }),
    };
}

function titleOf({ type, urn, declared }: Change, resource: StateResource | undefined): string {
    const metadata = (declared.metadata ?? resource?.inputs.metadata) as
        | { readonly name?: string; readonly namespace?: string }
        | undefined;
    const kind = type.split(":").at(-1) ?? type;
    if (!metadata?.name) return `${kind} ${logicalName(urn)}`;
    return `${kind} ${metadata.namespace ? `${metadata.namespace}/` : ""}${metadata.name}`;
}

function acceptOf({ op }: Change, cause: Cause): string {
    if (cause === "pin") return "npm run -s cicd -- adopt-images";
    if (cause === "pending")
        return op === "delete" ? "put it back into the program or its config" : "apply it: see how to mend it";
    if (cause === "deleted") return "take it out of the program or its config";
    return "change the program or its config to what is there";
}
