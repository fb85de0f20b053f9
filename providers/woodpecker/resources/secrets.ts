import * as pulumi from "@pulumi/pulumi";
import type { Event } from "./event.js";
import { secretly, withOutputs } from "./inputs.js";

/** What secrets of all three levels have in common. */
interface SecretArgs {
    /** What `from_secret` names. At run time case does not count: `FOO` and `foo` side by side are one of the two. */
    readonly name: pulumi.Input<string>;
    /** Not empty. The server never gives it back: a value changed there is not seen. */
    readonly value: pulumi.Input<string>;
    /** At least one: in pipelines of other events the secret is missing. `deployment`, `manual` and `cron` each count. */
    readonly events: pulumi.Input<pulumi.Input<Event>[]>;
    /** Only plugin steps of these images get it (never a step with `commands`). @default [] any step */
    readonly images?: pulumi.Input<pulumi.Input<string>[]>;
    /** Text for people. @default "" */
    readonly note?: pulumi.Input<string>;
    /** Take over an existing secret of that name; without it such a one is an error. @default false */
    readonly adopt?: pulumi.Input<boolean>;
    /** Take over an existing secret of that name, as what an interrupted run of this program left: it counts as made by it, unless `adopt` is set, too. @default false */
    readonly reclaim?: pulumi.Input<boolean>;
    /** `remove`: delete it even if it was adopted. @default as found: an adopted one stays, with its former events, images and note (not its value) */
    readonly deletion?: pulumi.Input<"remove">;
}

abstract class Secret extends pulumi.CustomResource {
    declare readonly name: pulumi.Output<string>;
    declare readonly events: pulumi.Output<string[]>;
    declare readonly images: pulumi.Output<string[]>;
    declare readonly note: pulumi.Output<string>;
    /** The server's number for it. */
    declare readonly secretId: pulumi.Output<number>;
    /** It existed before this program came. */
    declare readonly adopted: pulumi.Output<boolean>;

    /** @param outputs what only the server knows, beside that of every secret */
    constructor(
        type: string,
        name: string,
        args: SecretArgs,
        outputs: readonly string[],
        opts?: pulumi.CustomResourceOptions,
    ) {
        const all = [...outputs, "secretId", "adopted"];
        super(type, name, withOutputs(secretly(args, "value"), all), opts);
    }
}

export interface GlobalSecretArgs extends SecretArgs {}

/** Secret that every repository of the server can use. Needs a site admin's token. Import: `NAME`. */
export class GlobalSecret extends Secret {
    constructor(name: string, args: GlobalSecretArgs, opts?: pulumi.CustomResourceOptions) {
        super("woodpecker:index:GlobalSecret", name, args, [], opts);
    }
}

export interface OrganizationSecretArgs extends SecretArgs {
    /** Organisation or user on the forge, by name. Woodpecker knows it once one of its repositories was activated. */
    readonly organization: pulumi.Input<string>;
}

/** Secret that every repository of an organisation can use; beats a global one. Import: `ORGANIZATION/NAME`. */
export class OrganizationSecret extends Secret {
    declare readonly organization: pulumi.Output<string>;
    declare readonly organizationId: pulumi.Output<number>;

    constructor(name: string, args: OrganizationSecretArgs, opts?: pulumi.CustomResourceOptions) {
        super("woodpecker:index:OrganizationSecret", name, args, ["organizationId"], opts);
    }
}

export interface RepositorySecretArgs extends SecretArgs {
    /** `repositoryId` of a {@link Repository}; another one is another secret (replace). */
    readonly repositoryId: pulumi.Input<number>;
}

/** Secret of one repository; beats one of the organisation and a global one. Import: `OWNER/REPOSITORY/NAME`. */
export class RepositorySecret extends Secret {
    declare readonly repositoryId: pulumi.Output<number>;

    constructor(name: string, args: RepositorySecretArgs, opts?: pulumi.CustomResourceOptions) {
        super("woodpecker:index:RepositorySecret", name, args, [], opts);
    }
}
