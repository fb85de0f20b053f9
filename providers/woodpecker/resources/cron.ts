import * as pulumi from "@pulumi/pulumi";
import { withOutputs } from "./inputs.js";

export interface CronArgs {
    /** `repositoryId` of a {@link Repository}; another one is another cron (replace). */
    readonly repositoryId: pulumi.Input<number>;
    /** What `when.cron` names; a workflow with `event: cron` and without that filter runs for every cron. */
    readonly name: pulumi.Input<string>;
    /** Five fields (no seconds), or `@daily`, `@every 5m` and the like. */
    readonly schedule: pulumi.Input<string>;
    /** IANA name of the zone the schedule is read in. @default "UTC" */
    readonly timezone?: pulumi.Input<string>;
    /** Branch whose head is built. @default "" the default branch */
    readonly branch?: pulumi.Input<string>;
    /** Runs at all. @default true */
    readonly enabled?: pulumi.Input<boolean>;
    /** Variables of its pipelines; not for secrets. @default {} */
    readonly variables?: pulumi.Input<Record<string, pulumi.Input<string>>>;
    /** Take over an existing cron of that name; without it such a one is an error. @default false */
    readonly adopt?: pulumi.Input<boolean>;
    /** Take over an existing cron of that name, as what an interrupted run of this program left: it counts as made by it, unless `adopt` is set, too. @default false */
    readonly reclaim?: pulumi.Input<boolean>;
    /** `remove`: delete it even if it was adopted. @default as found: an adopted one stays, as it was before */
    readonly deletion?: pulumi.Input<"remove">;
}

/** Schedule on which a repository's pipelines with `event: cron` run. Import: `OWNER/REPOSITORY/NAME`. */
export class Cron extends pulumi.CustomResource {
    declare readonly repositoryId: pulumi.Output<number>;
    declare readonly name: pulumi.Output<string>;
    declare readonly schedule: pulumi.Output<string>;
    declare readonly timezone: pulumi.Output<string>;
    declare readonly branch: pulumi.Output<string>;
    declare readonly enabled: pulumi.Output<boolean>;
    declare readonly variables: pulumi.Output<Record<string, string>>;
    /** The number in the server's URLs. */
    declare readonly cronId: pulumi.Output<number>;
    /** It existed before this program came. */
    declare readonly adopted: pulumi.Output<boolean>;

    constructor(name: string, args: CronArgs, opts?: pulumi.CustomResourceOptions) {
        const outputs = ["timezone", "branch", "enabled", "variables", "cronId", "adopted"];
        super("woodpecker:index:Cron", name, withOutputs(args, outputs), opts);
    }
}
