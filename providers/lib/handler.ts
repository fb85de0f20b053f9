import type { Values } from "./values.js";

export interface Change {
    /** Name of a property, or the path of what differs inside of it, such as `files["hosts.toml"]`. */
    readonly property: string;
    /** The object has to be replaced by another one. */
    readonly replaces: boolean;
}

export interface State {
    readonly id: string;
    readonly outputs: Values;
}

/** What the engine asks of a resource type, in plain data. */
export interface Handler {
    plan(olds: Values, oldInputs: Values, news: Values): Change[];
    /** In a preview nothing is changed, but what would fail fails already. */
    create(news: Values, preview: boolean, urn: string): Promise<State>;
    /** Undefined: gone. Without former inputs it is an import. */
    read(
        id: string,
        olds: Values,
        inputs: Values,
        urn: string,
    ): Promise<(State & { readonly inputs: Values }) | undefined>;
    update(olds: Values, oldInputs: Values, news: Values, preview: boolean, urn: string): Promise<Values>;
    delete(olds: Values, oldInputs: Values, urn: string): Promise<void>;
}

/** Created, but not as declared: the engine has to remember it all the same. */
export class Incomplete extends Error {
    constructor(
        readonly state: State,
        override readonly cause: unknown,
    ) {
        super("created, but not as declared");
    }
}
