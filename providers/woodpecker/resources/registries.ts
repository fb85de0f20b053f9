import * as pulumi from "@pulumi/pulumi";
import { secretly, withOutputs } from "./inputs.js";

/** What registry credentials of all three levels have in common. */
interface RegistryArgs {
    /** `host` or `host:port` of the registry, without scheme or path. */
    readonly address: pulumi.Input<string>;
    /** User name at the registry; not empty. */
    readonly username: pulumi.Input<string>;
    /** Not empty. The server never gives it back: a password changed there is not seen. */
    readonly password: pulumi.Input<string>;
    /** Take over existing credentials for that address; without it such are an error. @default false */
    readonly adopt?: pulumi.Input<boolean>;
    /** Take over existing credentials for that address, as what an interrupted run of this program left: they count as made by it, unless `adopt` is set, too. @default false */
    readonly reclaim?: pulumi.Input<boolean>;
    /** `remove`: delete them even if they were adopted. @default as found: adopted ones stay, as this program set them (the former password is not known) */
    readonly deletion?: pulumi.Input<"remove">;
}

abstract class Registry extends pulumi.CustomResource {
    declare readonly address: pulumi.Output<string>;
    declare readonly username: pulumi.Output<string>;
    /** The server's number for it. */
    declare readonly registryId: pulumi.Output<number>;
    /** They existed before this program came. */
    declare readonly adopted: pulumi.Output<boolean>;

    /** @param outputs what only the server knows, beside that of all credentials */
    constructor(
        type: string,
        name: string,
        args: RegistryArgs,
        outputs: readonly string[],
        opts?: pulumi.CustomResourceOptions,
    ) {
        const all = [...outputs, "registryId", "adopted"];
        super(type, name, withOutputs(secretly(args, "password"), all), opts);
    }
}

export interface GlobalRegistryArgs extends RegistryArgs {}

/** Credentials with which every pipeline of the server pulls images. Needs a site admin's token. Import: `ADDRESS`. */
export class GlobalRegistry extends Registry {
    constructor(name: string, args: GlobalRegistryArgs, opts?: pulumi.CustomResourceOptions) {
        super("woodpecker:index:GlobalRegistry", name, args, [], opts);
    }
}

export interface OrganizationRegistryArgs extends RegistryArgs {
    /** Organisation or user on the forge, by name. Woodpecker knows it once one of its repositories was activated. */
    readonly organization: pulumi.Input<string>;
}

/** Credentials with which the pipelines of an organisation pull images. Import: `ORGANIZATION/ADDRESS`. */
export class OrganizationRegistry extends Registry {
    declare readonly organization: pulumi.Output<string>;
    declare readonly organizationId: pulumi.Output<number>;

    constructor(name: string, args: OrganizationRegistryArgs, opts?: pulumi.CustomResourceOptions) {
        super("woodpecker:index:OrganizationRegistry", name, args, ["organizationId"], opts);
    }
}

export interface RepositoryRegistryArgs extends RegistryArgs {
    /** `repositoryId` of a {@link Repository}; another one is another set of credentials (replace). */
    readonly repositoryId: pulumi.Input<number>;
}

/** Credentials with which the pipelines of one repository pull images. Import: `OWNER/REPOSITORY/ADDRESS`. */
export class RepositoryRegistry extends Registry {
    declare readonly repositoryId: pulumi.Output<number>;

    constructor(name: string, args: RepositoryRegistryArgs, opts?: pulumi.CustomResourceOptions) {
        super("woodpecker:index:RepositoryRegistry", name, args, [], opts);
    }
}
