import type { Properties } from "../property.js";
import * as rules from "../rules.js";

/** Configuration of the provider itself. */
export const configuration: Properties = {
    server: {
        kind: "string",
        description: "URL of the server, without /api; with path prefix if it has one.",
        otherwise: "$WOODPECKER_SERVER",
        rule: rules.serverUrl,
    },
    token: {
        kind: "string",
        description: "API token of a user. Given here it lies (encrypted) in the state: prefer the environment.",
        otherwise: "$WOODPECKER_TOKEN",
        writeOnly: true,
        rule: rules.notEmpty,
    },
    requestTimeoutSeconds: {
        kind: "integer",
        description: "Seconds to wait for one answer; a time-out is not retried.",
        otherwise: "30",
        rule: rules.positive,
    },
    maxRetries: {
        kind: "integer",
        description: "Further tries after a connection error, 429 or 5xx, 0 to 10.",
        otherwise: "4",
        rule: (value) => ((value as number) >= 0 && (value as number) <= 10 ? undefined : "is not 0 to 10"),
    },
};
