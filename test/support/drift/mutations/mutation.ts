/** Something that is done to a live object behind the program's back. */
export interface Mutation {
    readonly system: "Kubernetes" | "GitHub" | "Vault" | "Woodpecker";
    readonly what: string;
    /** Fits the name or the resource of the finding that must come of it. */
    readonly where: RegExp;
    /** Fits the path of one of its differences; any, where left out. */
    readonly at?: RegExp;
    readonly make: () => Promise<unknown>;
    /** Undoes what an `up` leaves as it is. */
    readonly undo?: () => Promise<unknown>;
    /** The engine does not see it. */
    readonly blind?: true;
}
