import type { Properties } from "../property.js";
import * as rules from "../rules.js";
import { computed, EVENTS, type ResourceType } from "./shape.js";

const asOnServer = "as on the server";
const boolean = (field: string, description: string) =>
    ({ kind: "boolean", field, description, otherwise: asOnServer }) as const;
const endpoint = (field: string, description: string) =>
    ({ kind: "string", field, description, otherwise: asOnServer, rule: rules.url }) as const;

/** Settings of a repository: inputs where declared, outputs always. */
export const settings: Properties = {
    allowDeploy: boolean("allow_deploy", "Pipelines may be started with event `deployment` through the API."),
    allowPullRequests: boolean("allow_pr", "Pull requests start pipelines."),
    requireApproval: {
        kind: "string",
        field: "require_approval",
        description: "Whose pipelines wait for approval.",
        otherwise: asOnServer,
        allowed: ["none", "forks", "pull_requests", "all_events"],
    },
    approvalAllowedUsers: {
        kind: "strings",
        field: "approval_allowed_users",
        description: "Logins that need no approval.",
        otherwise: asOnServer,
    },
    timeout: {
        kind: "integer",
        field: "timeout",
        description: "Minutes after which a pipeline is killed, 1 or more.",
        otherwise: asOnServer,
        rule: rules.positive,
    },
    visibility: {
        kind: "string",
        field: "visibility",
        description: "Who sees the pipelines.",
        otherwise: asOnServer,
        allowed: ["public", "private", "internal"],
    },
    trusted: {
        kind: "trusted",
        field: "trusted",
        description: "Elevated rights of steps: `network`, `volumes`, `security`. Changing them needs a site admin.",
        otherwise: asOnServer,
    },
    configFile: {
        kind: "string",
        field: "config_file",
        description: "File or folder of the pipeline configuration; empty: Woodpecker's usual places.",
        otherwise: asOnServer,
    },
    cancelPreviousPipelineEvents: {
        kind: "strings",
        field: "cancel_previous_pipeline_events",
        description:
            "Events whose older pipelines a newer one cancels; `deployment` or `manual` here cancels unrelated deploys.",
        otherwise: asOnServer,
        allowed: EVENTS,
    },
    netrcTrusted: {
        kind: "strings",
        field: "netrc_trusted",
        description: "Plugin images that get the forge credentials.",
        otherwise: asOnServer,
    },
    configExtensionEndpoint: endpoint("config_extension_endpoint", "URL of the configuration extension; empty: none."),
    configExtensionExclusive: boolean("config_extension_exclusive", "Only the extension's configuration counts."),
    configExtensionNetrc: boolean("config_extension_netrc", "The configuration extension gets the forge credentials."),
    registryExtensionEndpoint: endpoint("registry_extension_endpoint", "URL of the registry extension; empty: none."),
    registryExtensionNetrc: boolean("registry_extension_netrc", "The registry extension gets the forge credentials."),
    secretExtensionEndpoint: endpoint("secret_extension_endpoint", "URL of the secret extension; empty: none."),
    secretExtensionNetrc: boolean("secret_extension_netrc", "The secret extension gets the forge credentials."),
};

export const repository: ResourceType = {
    name: "Repository",
    description:
        "Registration of a forge repository: activated when declared, with the settings given. A setting that is left out is not touched; one that is taken out again returns to what it was before.",
    importId: "owner/name",
    properties: {
        fullName: {
            kind: "string",
            field: "full_name",
            description: "`owner/name` as on the forge. Case does not matter.",
            required: true,
            replaces: true,
            rule: rules.fullName,
        },
        expectedId: {
            kind: "integer",
            description: "Numeric id the server must have for it; another one is an error before anything is changed.",
            otherwise: "any",
            rule: rules.positive,
        },
        adopt: {
            kind: "boolean",
            description: "Take over a repository that is active already; without it such a one is an error.",
            otherwise: "false",
        },
        reclaim: {
            kind: "boolean",
            description:
                "Take over a repository that is active already, as what an interrupted run of this program left: it counts as made by it, unless `adopt` is set, too.",
            otherwise: "false",
        },
        deletion: {
            kind: "string",
            description:
                "What destroying does: `deactivate` keeps id, settings and history; `remove` deletes them all for good.",
            otherwise:
                "as found: an adopted repository gets its former settings back and stays active, any other is deactivated",
            allowed: ["deactivate", "remove"],
        },
        ...settings,
        repositoryId: computed("integer", "id", "The number in the server's URLs."),
        forgeRemoteId: computed("string", "forge_remote_id", "The forge's own id of the repository."),
        owner: computed("string", "owner", "Organisation or user it belongs to."),
        name: computed("string", "name", "The name without its owner."),
        organizationId: computed("integer", "org_id", "Woodpecker's id of the owning organisation or user."),
        defaultBranch: computed("string", "default_branch", "Default branch on the forge."),
        forgeUrl: computed("string", "forge_url", "Its page on the forge."),
        cloneUrl: computed("string", "clone_url", "Where pipelines clone it from."),
        active: computed("boolean", "active", "False when somebody deactivated it behind the program's back."),
        adopted: computed("boolean", undefined, "It was active before this program came."),
    },
};
