import { PlainError } from "../lib/errors.js";

/** A resource of a stack's state; secret values stay sealed. */
export interface StateResource {
    readonly urn: string;
    readonly type: string;
    readonly custom: boolean;
    readonly id?: string;
    readonly inputs: Readonly<Record<string, unknown>>;
    readonly outputs: Readonly<Record<string, unknown>>;
    /** URN and id of its provider. */
    readonly provider?: string;
}

/**
 * The resources of `pulumi stack export`, without what is read only or waits for its deletion.
 *
 * @throws PlainError for what is not an export
 */
export function parseState(text: string): StateResource[] {
    let document: { deployment?: { resources?: unknown } };
    try {
        document = JSON.parse(text) as typeof document;
    } catch {
        throw new PlainError("pulumi stack export did not write JSON");
    }
    const { deployment } = document;
    if (!deployment) throw new PlainError("pulumi stack export wrote no deployment");
    const resources = (deployment.resources ?? []) as (StateResource & { external?: boolean; delete?: boolean })[];
    if (!Array.isArray(resources)) throw new PlainError("pulumi stack export wrote resources that are no list");
    return resources
        .filter((each) => !each.external && !each.delete)
        .map(({ urn, type, custom, id, inputs = {}, outputs = {}, provider }) => ({
            urn,
            type,
            custom: custom === true,
            inputs,
            outputs,
            ...(id !== undefined && { id }),
            ...(provider !== undefined && { provider }),
        }));
}

/** How the engine marks a secret in an exported state. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";

/** Whether a value is a secret, of which not even the shape can be seen. */
export const isSealed = (value: unknown): boolean => typeof value === "object" && value !== null && SIGNATURE in value;

/** `urn:pulumi:stack::project::types::name` -> `name`. */
export const logicalName = (urn: string): string => urn.split("::").slice(3).join("::");

/** Inputs of the provider that a resource is made with. */
export function providerInputs(state: readonly StateResource[], type: string): StateResource["inputs"] | undefined {
    return state.find((each) => each.type === `pulumi:providers:${type}`)?.inputs;
}

/** A text among inputs or outputs; nothing for what is sealed, unknown or no text. */
export function textOf(value: unknown): string | undefined {
    return typeof value === "string" && value !== "" ? value : undefined;
}
