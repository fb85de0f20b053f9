import type { Checked, Log, ProviderPackage } from "../../lib/package.js";
import { hasUnknown, type Values } from "../../lib/values.js";
import { FilesHandler } from "./files.js";

const token = "host:index:Files";
const properties: Readonly<Record<string, string>> = {
    connection: "How the host is reached: host, port, user, hostKey, privateKey.",
    root: "Directory that is managed: what is in it without being declared is reported.",
    files: "Every declared file by absolute path, as `mode owner sha256:…`.",
    items: "What the probe has to find, by name: its state.",
    probe: "Shell text that prints a line for each item: name, tab, state.",
    ignored: "Absolute paths in the directory that are somebody else's.",
    adopt: "Files that are there already may be written over.",
    unreachable: "`warn`: a host that does not answer is taken to be as it was; otherwise that is an error.",
};
const required = ["connection", "root", "files"];

/** The provider of what other hosts have. */
export function hostPackage(log: Log): ProviderPackage {
    return {
        version: "0.1.0",
        schema,
        types: [{ token, secrets: ["connection"], check }],
        configuration: { secrets: [], names: [], problems: () => [] },
        configure: (_given, interrupted) => new Map([[token, new FilesHandler(log, interrupted)]]),
        unconfigured: "the provider is not configured",
        messageOf: (error) => (error instanceof Error ? error.message : String(error)),
    };
}

function check(given: Values): Checked {
    const inputs = Object.fromEntries(Object.entries(given).filter(([name]) => !name.startsWith("__")));
    const known = Object.keys(properties);
    const connection = (inputs.connection ?? {}) as Values;
    return {
        inputs,
        problems: [
            ...Object.keys(inputs)
                .filter((name) => !known.includes(name))
                .map((name) => `[${name}] is unknown; allowed are ${known.join(", ")}`),
            ...required.filter((name) => inputs[name] === undefined).map((name) => `[${name}] is missing`),
            ...(hasUnknown(connection) || connection.hostKey
                ? []
                : ["[connection.hostKey] is missing: a host is pinned"]),
        ],
    };
}

function schema(): object {
    const types: Readonly<Record<string, object>> = {
        connection: { type: "object", additionalProperties: { $ref: "pulumi.json#/Any" } },
        files: { type: "object", additionalProperties: { type: "string" } },
        items: { type: "object", additionalProperties: { type: "string" } },
        ignored: { type: "array", items: { type: "string" } },
        adopt: { type: "boolean" },
    };
    const inputProperties = Object.fromEntries(
        Object.entries(properties).map(([name, description]) => [
            name,
            { ...(types[name] ?? { type: "string" }), description, ...(name === "connection" && { secret: true }) },
        ]),
    );
    return {
        name: "host",
        version: "0.1.0",
        description: "Files and services of a host, looked at over SSH.",
        resources: {
            [token]: {
                description: "What a host has of what is declared. It changes nothing there.",
                inputProperties,
                requiredInputs: required,
                properties: {
                    ...inputProperties,
                    revision: { type: "integer", description: "Goes up whenever something has to be pushed." },
                },
            },
        },
    };
}
