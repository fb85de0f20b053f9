/** The provider as a Pulumi package schema: what SDK generators, `pulumi package` and the registry read. */
import type { Properties, Property } from "./property.js";
import { configuration, type ResourceType, resourceTypes } from "./table.js";

export const VERSION = "0.1.0";

const TRUSTED = "woodpecker:index:Trusted";

export function token({ name }: ResourceType): string {
    return `woodpecker:index:${name}`;
}

export function packageSchema(): object {
    return {
        name: "woodpecker",
        displayName: "Woodpecker CI",
        version: VERSION,
        description: "Repositories, secrets, crons and registry credentials of a Woodpecker CI server.",
        license: "MIT",
        config: { variables: describe(configuration) },
        provider: {
            description: "Which Woodpecker server to talk to, and as whom.",
            inputProperties: describe(configuration),
        },
        types: {
            [TRUSTED]: {
                type: "object",
                description: "Elevated rights of a repository's steps.",
                properties: {
                    network: { type: "boolean", description: "Steps may choose their network." },
                    volumes: { type: "boolean", description: "Steps may mount volumes of the host." },
                    security: { type: "boolean", description: "Steps may run privileged." },
                },
                required: ["network", "volumes", "security"],
            },
        },
        resources: Object.fromEntries(resourceTypes.map((type) => [token(type), resource(type)])),
    };
}

function resource({ description, importId, properties }: ResourceType): object {
    const inputs = inputsOf(properties);
    const outputs = outputsOf(properties);
    return {
        description: `${description}\n\nImport by \`${importId}\`.`,
        inputProperties: describe(inputs),
        requiredInputs: Object.keys(inputs).filter((name) => inputs[name]?.required),
        properties: describe(outputs),
        required: Object.keys(outputs),
    };
}

export function inputsOf(properties: Properties): Properties {
    return select(properties, (property) => !property.computed);
}

/** All that the server tells or decides; not what only steers the plugin, and no secret value. */
export function outputsOf(properties: Properties): Properties {
    return select(
        properties,
        (property) =>
            !property.writeOnly && (property.computed || property.field !== undefined || property.replaces === true),
    );
}

function select(properties: Properties, wanted: (property: Property) => boolean): Properties {
    return Object.fromEntries(Object.entries(properties).filter(([, property]) => wanted(property)));
}

function describe(properties: Properties): object {
    return Object.fromEntries(
        Object.entries(properties).map(([name, property]) => [
            name,
            {
                ...schemaTypes[property.kind],
                description: words(property),
                ...(property.writeOnly ? { secret: true } : {}),
                ...(property.replaces ? { willReplaceOnChanges: true } : {}),
                ...(typeof property.default === "string" || typeof property.default === "boolean"
                    ? { default: property.default }
                    : {}),
            },
        ]),
    );
}

/** Description with what is allowed and what happens when left out. */
export function words({ description, allowed, otherwise, default: filled }: Property): string {
    const sentences = [description];
    if (allowed) sentences.push(`Allowed: ${allowed.map((value) => `\`${value}\``).join(", ")}.`);
    if (filled !== undefined) sentences.push(`Default: \`${JSON.stringify(filled)}\`.`);
    else if (otherwise !== undefined) sentences.push(`Default: ${otherwise}.`);
    return sentences.join(" ");
}

const schemaTypes: Record<Property["kind"], object> = {
    string: { type: "string" },
    integer: { type: "integer" },
    boolean: { type: "boolean" },
    strings: { type: "array", items: { type: "string" } },
    variables: { type: "object", additionalProperties: { type: "string" } },
    trusted: { $ref: `#/types/${TRUSTED}` },
};
