import type { Change } from "./plan.js";
import type { Values } from "./property.js";

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
    read(id: string, olds: Values, inputs: Values): Promise<(State & { readonly inputs: Values }) | undefined>;
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
