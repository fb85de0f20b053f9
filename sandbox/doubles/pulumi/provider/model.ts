/** What a package of a provider plugin consists of. */

import type { JsonObject, Properties } from "./values.js";

/** One provider package: how it is configured, and what a configured one can do. */
export interface ProviderPackage {
    readonly name: string;
    readonly version: string;
    /** Types of the provider's own inputs. All of them arrive as strings, those that are not strings as JSON. */
    readonly configuration: Readonly<Record<string, "string" | "boolean" | "number" | "json">>;
    /** Inputs whose change replaces the provider, and with it every resource. */
    replacesProvider?(olds: JsonObject, news: JsonObject): string[];
    /** Called once, before any resource; must not fail because a server is down. */
    configure(configuration: JsonObject, engine: EngineLog): Promise<Provider> | Provider;
}

export interface Provider {
    /** Undefined for an unknown token. */
    resourceType(token: string): ResourceType | undefined;
    /** Undefined for an unknown token. */
    invoke(token: string): Invoke | undefined;
    /** Tokens to name in the error for an unknown one. */
    readonly known: string;
}

export type Invoke = (args: JsonObject, cancelled: AbortSignal) => Promise<Properties>;

/** What is known of the resource in every call. */
export interface ResourceCall {
    readonly urn: string;
    readonly token: string;
    /** The resource's name in the program. */
    readonly name: string;
    readonly cancelled: AbortSignal;
    /** `customTimeouts` of the program. */
    readonly timeoutSeconds?: number;
    /** A unique name made of the resource's name and a suffix. */
    readonly uniqueName: () => string;
}

/** Properties arrive with secrets revealed; a value may be `unknown` in check, diff and previews. */
export interface ResourceType {
    check(news: Properties, olds: Properties | undefined, call: ResourceCall): Promise<Checked> | Checked;
    diff(change: Change, call: ResourceCall): Promise<Difference> | Difference;
    create(inputs: Properties, preview: boolean, call: ResourceCall): Promise<Created>;
    /** Undefined if the thing is gone. `inputs` is undefined for an import. */
    read(id: string, state: Properties, inputs: Properties | undefined, call: ResourceCall): Promise<Live | undefined>;
    update(change: Change, preview: boolean, call: ResourceCall): Promise<Properties>;
    delete(id: string, state: Properties, call: ResourceCall): Promise<void>;
}

export interface Checked {
    readonly inputs: Properties;
    readonly failures?: readonly Failure[];
}

export interface Failure {
    readonly property: string;
    readonly reason: string;
}

export interface Change {
    readonly id: string;
    /** The last known outputs. */
    readonly state: Properties;
    readonly oldInputs: Properties;
    readonly news: Properties;
    /** `ignoreChanges` of the program, as property paths. */
    readonly ignored: readonly string[];
}

export type ChangeKind = "add" | "delete" | "update";

export interface PropertyChange {
    readonly kind: ChangeKind;
    readonly replace: boolean;
}

export interface Difference {
    /** Property path to change; empty if nothing changed. */
    readonly changes: ReadonlyMap<string, PropertyChange>;
    readonly deleteBeforeReplace?: boolean;
}

export interface Created {
    readonly id: string;
    readonly state: Properties;
}

export interface Live extends Created {
    readonly inputs: Properties;
}

/** Messages beside a resource. */
export interface EngineLog {
    info(urn: string, message: string): void;
    warn(urn: string, message: string): void;
    /** A line that the next one replaces. */
    status(urn: string, message: string): void;
}

/** The operation changed the server, but not to its end: the engine keeps the state and reports the reasons. */
export class PartialFailure extends Error {
    constructor(
        message: string,
        readonly live: Created & { readonly inputs?: Properties },
        readonly reasons: readonly string[] = [],
    ) {
        super(message);
        this.name = "PartialFailure";
    }
}
