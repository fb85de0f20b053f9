import type { Handler } from "./handler.js";
import type { Values } from "./values.js";

/** A message for the operator, shown by the engine beside the resource. */
export type Log = (severity: "info" | "warning", message: string, urn: string) => void;

export interface Checked {
    /** What was given, without what counts as left out. Defaults stay out: they would show as differences in a refresh. */
    readonly inputs: Values;
    /** Every complaint, each with property, value and what is allowed. */
    readonly problems: readonly string[];
}

/** One resource type of a provider. */
export interface TypeDescription {
    /** For example `host:index:Files`. */
    readonly token: string;
    /** Properties that leave the plugin marked, however they came in. */
    readonly secrets: readonly string[];
    readonly check: (given: Values) => Checked;
}

/** A Pulumi provider, as far as it differs from any other one. */
export interface ProviderPackage {
    readonly version: string;
    /** The package schema. */
    readonly schema: () => object;
    readonly types: readonly TypeDescription[];
    readonly configuration: {
        /** Properties that are marked, however they came in. */
        readonly secrets: readonly string[];
        readonly problems: (given: Values) => readonly string[];
        /** Names of all properties. */
        readonly names: readonly string[];
    };
    /**
     * A handler for each type, by token; undefined while the configuration is not known.
     *
     * @param interrupted ends what is under way
     */
    readonly configure: (given: Values, interrupted: AbortSignal) => ReadonlyMap<string, Handler> | undefined;
    /** What resources say while there are no handlers. */
    readonly unconfigured: string;
    /** What a failure says to the operator. */
    readonly messageOf: (error: unknown) => string;
}
