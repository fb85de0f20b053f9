import type { Handler } from "../../lib/handler.js";
import type { Log, ProviderPackage } from "../../lib/package.js";
import { WoodpeckerClient } from "../client.js";
import { check } from "./check.js";
import { configurationProblems, connection } from "./config.js";
import { EntryHandler } from "./entry.js";
import { FINGERPRINT } from "./plan.js";
import { RepositoryHandler } from "./repository.js";
import { packageSchema, token, VERSION } from "./schema.js";
import { Complaints, Session } from "./session.js";
import { configuration, type ResourceType, resourceTypes } from "./table.js";

type Environment = Readonly<Record<string, string | undefined>>;

/** The provider of Woodpecker. */
export function woodpeckerPackage(environment: Environment, log: Log): ProviderPackage {
    const complaints = new Complaints();
    return {
        version: VERSION,
        schema: packageSchema,
        types: resourceTypes.map((type) => ({
            token: token(type),
            secrets: type.entry?.writeOnly ? [type.entry.writeOnly, FINGERPRINT] : [],
            check: (given) => check(type.properties, given),
        })),
        configuration: {
            secrets: ["token"],
            names: Object.keys(configuration),
            problems: (given) => configurationProblems(given, environment),
        },
        configure(given, signal) {
            const target = connection(given, environment);
            if (target === undefined) return undefined;
            const session = new Session(new WoodpeckerClient({ ...target, signal }), log);
            return new Map(resourceTypes.map((type) => [token(type), handlerOf(type, session)]));
        },
        unconfigured: "the provider is not configured: server or token are not known yet",
        messageOf: (error) => complaints.messageOf(error),
    };
}

function handlerOf(type: ResourceType, session: Session): Handler {
    return type.entry ? new EntryHandler(type, type.entry, session) : new RepositoryHandler(type, session);
}
