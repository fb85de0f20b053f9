import * as pulumi from "@pulumi/pulumi";
import type { Connection } from "./plugin/connection.js";

export type { Connection } from "./plugin/connection.js";

export interface FilesArgs {
    readonly connection: pulumi.Input<Connection>;
    /** Directory that is managed: what is in it without being declared is reported, once. */
    readonly root: pulumi.Input<string>;
    /** Every declared file by absolute path, as `mode owner sha256:…`. */
    readonly files: pulumi.Input<Record<string, string>>;
    /** What `probe` has to find, by name: its state. @default nothing is looked for */
    readonly items?: pulumi.Input<Record<string, string>>;
    /** Shell text that prints a line for each item: name, tab, state. */
    readonly probe?: pulumi.Input<string>;
    /** Absolute paths in the directory that are somebody else's. @default none */
    readonly ignored?: pulumi.Input<string[]>;
    /** Files that are there already may be written over. @default false */
    readonly adopt?: pulumi.Input<boolean>;
    /** `warn`: a host that does not answer is taken to be as it was. @default "fail" */
    readonly unreachable?: pulumi.Input<"fail" | "warn">;
}

/**
 * What a host has of what is declared, looked at over SSH by every refresh; it changes nothing there. `revision` goes up
 * whenever something has to be pushed, because of a new declaration or because the host differs from it.
 */
export class Files extends pulumi.CustomResource {
    declare readonly revision: pulumi.Output<number>;

    constructor(name: string, args: FilesArgs, opts?: pulumi.CustomResourceOptions) {
        const connection = pulumi.secret(args.connection);
        super("host:index:Files", name, { revision: undefined, ...args, connection }, opts);
    }
}
