import { hasUnknown, type Values } from "../../lib/values.js";
import type { Connection } from "../client.js";
import { check } from "./check.js";
import { configuration } from "./table.js";

type Environment = Readonly<Record<string, string | undefined>>;

/** The engine puts these in by itself. */
const ENGINES_OWN = new Set(["version", "pluginDownloadURL", "pluginChecksums"]);

/** Where the server is and who we are, from the provider's configuration and the environment. */
export function connection(given: Values, environment: Environment): Connection | undefined {
    if (hasUnknown(given)) return undefined;
    const { server, token, requestTimeoutSeconds, maxRetries } = complete(given, environment);
    return {
        server: String(server),
        token: String(token),
        timeoutSeconds: requestTimeoutSeconds as number | undefined,
        maxRetries: maxRetries as number | undefined,
    };
}

/** Every complaint about the configuration; what comes from the environment is checked, too, but enters no state. */
export function configurationProblems(given: Values, environment: Environment): string[] {
    const values = complete(given, environment);
    const { problems } = check(configuration, values);
    const missing = (name: "server" | "token", what: string) =>
        values[name] === undefined
            ? [`[${name}] is missing: set WOODPECKER_${name.toUpperCase()} or give ${what} to the provider`]
            : [];
    return [...missing("server", "the URL of the server"), ...missing("token", "an API token"), ...problems];
}

function complete(given: Values, environment: Environment): Values {
    const known = Object.entries(given).filter(([name, value]) => !ENGINES_OWN.has(name) && value !== "");
    const values: Values = {
        server: environment.WOODPECKER_SERVER || undefined,
        token: environment.WOODPECKER_TOKEN || undefined,
        ...Object.fromEntries(known),
    };
    // The engine hands configuration over as text.
    for (const [name, { kind }] of Object.entries(configuration)) {
        const text = values[name];
        if (kind === "integer" && typeof text === "string" && /^\d+$/.test(text)) values[name] = Number(text);
    }
    return values;
}
