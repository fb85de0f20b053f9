import type { Properties } from "../property.js";
import * as rules from "../rules.js";
import { computed, EVENTS, type Level, type ResourceType } from "./shape.js";

const levels: Record<Level, { readonly of: string; readonly importPrefix: string; readonly scope: Properties }> = {
    global: {
        of: "that every repository of the server can use; needs a site admin's token",
        importPrefix: "",
        scope: {},
    },
    organization: {
        of: "that every repository of an organisation can use; beats a global one",
        importPrefix: "ORGANIZATION/",
        scope: {
            organization: {
                kind: "string",
                description:
                    "Organisation or user on the forge, by name. Woodpecker knows it once one of its repositories was activated.",
                required: true,
                replaces: true,
                rule: rules.entryName,
            },
            organizationId: computed("integer", undefined, "Woodpecker's id of the organisation."),
        },
    },
    repository: {
        of: "of one repository; beats one of the organisation and a global one",
        importPrefix: "OWNER/REPOSITORY/",
        scope: {
            repositoryId: {
                kind: "integer",
                description: "`repositoryId` of a Repository.",
                required: true,
                replaces: true,
                rule: rules.positive,
            },
        },
    },
};

/** How to act on what exists; the same for every kind of entry. */
const conduct = (them: string, asFound: string): Properties => ({
    adopt: {
        kind: "boolean",
        description: `Take over ${them} already; without it, that is an error.`,
        otherwise: "false",
    },
    reclaim: {
        kind: "boolean",
        description: `Take over ${them} already, as what an interrupted run of this program left: it counts as made by it, unless \`adopt\` is set, too.`,
        otherwise: "false",
    },
    deletion: {
        kind: "string",
        description: "`remove`: delete it even if it was adopted.",
        otherwise: `as found: what was adopted stays, ${asFound}; anything else is deleted`,
        allowed: ["remove"],
    },
    adopted: computed("boolean", undefined, "It existed before this program came."),
});

export function secret(name: string, level: Level): ResourceType {
    const { of, importPrefix, scope } = levels[level];
    return {
        name,
        description: `Secret ${of}.`,
        importId: `${importPrefix}NAME`,
        entry: { level, collection: "secrets", noun: "secret", key: "name", number: "secretId", writeOnly: "value" },
        properties: {
            ...scope,
            name: {
                kind: "string",
                field: "name",
                description:
                    "What `from_secret` names. At run time case does not count: `FOO` and `foo` side by side are one of the two.",
                required: true,
                replaces: true,
                rule: rules.entryName,
            },
            value: {
                kind: "string",
                field: "value",
                description: "Not empty. The server never gives it back: a value changed there is not seen.",
                required: true,
                writeOnly: true,
                rule: rules.notEmpty,
            },
            events: {
                kind: "strings",
                field: "events",
                description:
                    "At least one: in pipelines of other events the secret is missing. `deployment`, `manual` and `cron` each count.",
                required: true,
                allowed: EVENTS,
                rule: rules.atLeastOne,
            },
            images: {
                kind: "strings",
                field: "images",
                description:
                    "Only plugin steps of these images get it (never a step with `commands`); empty: any step.",
                default: [],
                rule: rules.images,
            },
            note: { kind: "string", field: "note", description: "Text for people.", default: "" },
            ...conduct("a secret of that name that exists", "with its former events, images and note (not its value)"),
            secretId: computed("integer", "id", "The server's number for it."),
        },
    };
}

export function registry(name: string, level: Level): ResourceType {
    const { of, importPrefix, scope } = levels[level];
    return {
        name,
        description: `Credentials of an image registry ${of}.`,
        importId: `${importPrefix}ADDRESS`,
        entry: {
            level,
            collection: "registries",
            noun: "registry",
            key: "address",
            number: "registryId",
            writeOnly: "password",
        },
        properties: {
            ...scope,
            address: {
                kind: "string",
                field: "address",
                description:
                    "`host` or `host:port` of the registry, without scheme or path. The server takes no port after an IP address.",
                required: true,
                replaces: true,
                rule: rules.address,
            },
            username: {
                kind: "string",
                field: "username",
                description: "User name at the registry; not empty.",
                required: true,
                rule: rules.notEmpty,
            },
            password: {
                kind: "string",
                field: "password",
                description: "Not empty. The server never gives it back: a password changed there is not seen.",
                required: true,
                writeOnly: true,
                rule: rules.notEmpty,
            },
            ...conduct(
                "credentials for that address that exist",
                "as this program set it (the former password is not known)",
            ),
            registryId: computed("integer", "id", "The server's number for it."),
        },
    };
}

export const cron: ResourceType = {
    name: "Cron",
    description: "Schedule on which a repository's pipelines with `event: cron` run.",
    importId: "OWNER/REPOSITORY/NAME",
    entry: { level: "repository", collection: "cron", noun: "cron", key: "name", number: "cronId" },
    properties: {
        ...levels.repository.scope,
        name: {
            kind: "string",
            field: "name",
            description:
                "What `when.cron` names; a workflow with `event: cron` and without that filter runs for every cron.",
            required: true,
            replaces: true,
            rule: rules.entryName,
        },
        schedule: {
            kind: "string",
            field: "schedule",
            description: "Five fields (no seconds), or `@daily`, `@every 5m` and the like.",
            required: true,
            rule: rules.schedule,
        },
        timezone: {
            kind: "string",
            field: "timezone",
            description: "IANA name of the zone the schedule is read in.",
            default: "UTC",
            rule: rules.timezone,
        },
        branch: {
            kind: "string",
            field: "branch",
            description: "Branch whose head is built; empty: the default branch.",
            default: "",
        },
        enabled: { kind: "boolean", field: "enabled", description: "Runs at all.", default: true },
        variables: {
            kind: "variables",
            field: "variables",
            description: "Variables of its pipelines; not for secrets.",
            default: {},
        },
        ...conduct("a cron of that name that exists", "as it was before"),
        cronId: computed("integer", "id", "The number in the server's URLs."),
    },
};
