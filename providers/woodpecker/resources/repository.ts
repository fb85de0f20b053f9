import * as pulumi from "@pulumi/pulumi";
import type { Event } from "./event.js";
import { withOutputs } from "./inputs.js";

/** Elevated rights of a repository's steps; changing them needs a Woodpecker site admin's token. */
export interface Trusted {
    /** Steps may choose their network. */
    readonly network: boolean;
    /** Steps may mount volumes of the host. */
    readonly volumes: boolean;
    /** Steps may run privileged. */
    readonly security: boolean;
}

export interface RepositoryArgs {
    /** `owner/name` as on the forge; another one is another repository (replace). Case does not matter. */
    readonly fullName: pulumi.Input<string>;
    /** Numeric id the server must have for it; another one is an error before anything is changed. */
    readonly expectedId?: pulumi.Input<number>;
    /** Take over a repository that is active already; without it such a one is an error. @default false */
    readonly adopt?: pulumi.Input<boolean>;
    /** Take over a repository that is active already, as what an interrupted run of this program left: it counts as made by it, unless `adopt` is set, too. @default false */
    readonly reclaim?: pulumi.Input<boolean>;
    /**
     * What destroying does: `deactivate` keeps id, settings and history; `remove` deletes them all for good.
     * @default as found: an adopted repository gets its former settings back and stays active, any other is deactivated
     */
    readonly deletion?: pulumi.Input<"deactivate" | "remove">;

    /** Pipelines may be started with event `deployment` through the API. @default as on the server */
    readonly allowDeploy?: pulumi.Input<boolean>;
    /** Pull requests start pipelines. @default as on the server */
    readonly allowPullRequests?: pulumi.Input<boolean>;
    /** Whose pipelines wait for approval. @default as on the server (`forks`) */
    readonly requireApproval?: pulumi.Input<"none" | "forks" | "pull_requests" | "all_events">;
    /** Logins that need no approval. @default as on the server */
    readonly approvalAllowedUsers?: pulumi.Input<pulumi.Input<string>[]>;
    /** Minutes after which a pipeline is killed, 1 or more. @default as on the server (60) */
    readonly timeout?: pulumi.Input<number>;
    /** Who sees the pipelines. @default as on the server */
    readonly visibility?: pulumi.Input<"public" | "private" | "internal">;
    /** Elevated rights of steps. @default as on the server (none) */
    readonly trusted?: pulumi.Input<Trusted>;
    /** File or folder of the pipeline configuration; empty: `.woodpecker/`, `.woodpecker.yaml`, `.woodpecker.yml`. @default as on the server */
    readonly configFile?: pulumi.Input<string>;
    /** Events whose older pipelines a newer one cancels; `deployment` or `manual` here cancels unrelated deploys. @default as on the server */
    readonly cancelPreviousPipelineEvents?: pulumi.Input<pulumi.Input<Event>[]>;
    /** Plugin images that get the forge credentials. @default as on the server */
    readonly netrcTrusted?: pulumi.Input<pulumi.Input<string>[]>;
    /** URL of the configuration extension; empty: none. @default as on the server */
    readonly configExtensionEndpoint?: pulumi.Input<string>;
    /** Only the extension's configuration counts. @default as on the server */
    readonly configExtensionExclusive?: pulumi.Input<boolean>;
    /** The configuration extension gets the forge credentials. @default as on the server */
    readonly configExtensionNetrc?: pulumi.Input<boolean>;
    /** URL of the registry extension; empty: none. @default as on the server */
    readonly registryExtensionEndpoint?: pulumi.Input<string>;
    /** The registry extension gets the forge credentials. @default as on the server */
    readonly registryExtensionNetrc?: pulumi.Input<boolean>;
    /** URL of the secret extension; empty: none. @default as on the server */
    readonly secretExtensionEndpoint?: pulumi.Input<string>;
    /** The secret extension gets the forge credentials. @default as on the server */
    readonly secretExtensionNetrc?: pulumi.Input<boolean>;
}

/**
 * Registration of a forge repository: activated when declared, with the settings given.
 *
 * A setting that is left out is not touched; one that is taken out again returns to what it was before.
 * Import by full name: `pulumi import woodpecker:index:Repository NAME owner/name`.
 */
export class Repository extends pulumi.CustomResource {
    declare readonly fullName: pulumi.Output<string>;
    /** The number in the server's URLs. Survives renaming and deactivation, not removal or a rebuild of the database. */
    declare readonly repositoryId: pulumi.Output<number>;
    /** The forge's own id of the repository. */
    declare readonly forgeRemoteId: pulumi.Output<string>;
    declare readonly owner: pulumi.Output<string>;
    /** The name without its owner. */
    declare readonly name: pulumi.Output<string>;
    /** Woodpecker's id of the owning organisation or user. */
    declare readonly organizationId: pulumi.Output<number>;
    declare readonly defaultBranch: pulumi.Output<string>;
    declare readonly forgeUrl: pulumi.Output<string>;
    declare readonly cloneUrl: pulumi.Output<string>;
    /** False when somebody deactivated it behind the program's back. */
    declare readonly active: pulumi.Output<boolean>;
    /** It was active before this program came. */
    declare readonly adopted: pulumi.Output<boolean>;
    declare readonly allowDeploy: pulumi.Output<boolean>;
    declare readonly allowPullRequests: pulumi.Output<boolean>;
    declare readonly requireApproval: pulumi.Output<string>;
    declare readonly approvalAllowedUsers: pulumi.Output<string[]>;
    declare readonly timeout: pulumi.Output<number>;
    declare readonly visibility: pulumi.Output<string>;
    declare readonly trusted: pulumi.Output<Trusted>;
    declare readonly configFile: pulumi.Output<string>;
    declare readonly cancelPreviousPipelineEvents: pulumi.Output<string[]>;
    declare readonly netrcTrusted: pulumi.Output<string[]>;
    declare readonly configExtensionEndpoint: pulumi.Output<string>;
    declare readonly configExtensionExclusive: pulumi.Output<boolean>;
    declare readonly configExtensionNetrc: pulumi.Output<boolean>;
    declare readonly registryExtensionEndpoint: pulumi.Output<string>;
    declare readonly registryExtensionNetrc: pulumi.Output<boolean>;
    declare readonly secretExtensionEndpoint: pulumi.Output<string>;
    declare readonly secretExtensionNetrc: pulumi.Output<boolean>;

    constructor(name: string, args: RepositoryArgs, opts?: pulumi.CustomResourceOptions) {
        super("woodpecker:index:Repository", name, withOutputs(args, repositoryOutputs), opts);
    }
}

const repositoryOutputs = [
    "repositoryId",
    "forgeRemoteId",
    "owner",
    "name",
    "organizationId",
    "defaultBranch",
    "forgeUrl",
    "cloneUrl",
    "active",
    "adopted",
    "allowDeploy",
    "allowPullRequests",
    "requireApproval",
    "approvalAllowedUsers",
    "timeout",
    "visibility",
    "trusted",
    "configFile",
    "cancelPreviousPipelineEvents",
    "netrcTrusted",
    "configExtensionEndpoint",
    "configExtensionExclusive",
    "configExtensionNetrc",
    "registryExtensionEndpoint",
    "registryExtensionNetrc",
    "secretExtensionEndpoint",
    "secretExtensionNetrc",
];
