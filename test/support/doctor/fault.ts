/** Something that goes wrong, and the finding that must name it. */
export interface Fault {
    readonly check: string;
    /** In `subject: found`. */
    readonly words: RegExp;
    readonly make: () => Promise<unknown>;
    /** Where the finding's own command is not what mends it here. */
    readonly undo?: () => Promise<unknown>;
}
