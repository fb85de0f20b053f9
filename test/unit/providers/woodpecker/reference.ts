import type { Properties, Property } from "../../../../providers/woodpecker/plugin/property.js";
import { inputsOf, outputsOf, token, words } from "../../../../providers/woodpecker/plugin/schema.js";
import { configuration, resourceTypes } from "../../../../providers/woodpecker/plugin/table.js";

/** The README's reference sections, by name, as the table of resources has them. */
export function references(): Record<string, string> {
    const resources = resourceTypes.map((type) => {
        const inputs = inputsOf(type.properties);
        const outputs = Object.fromEntries(
            Object.entries(outputsOf(type.properties)).filter(([name]) => inputs[name] === undefined),
        );
        return [
            `### ${type.name}`,
            "",
            `\`${token(type)}\`. ${type.description} Import by \`${type.importId}\`.`,
            "",
            ...table("input", inputs),
            "",
            ...table("output besides", outputs),
        ].join("\n");
    });
    return { configuration: table("key", configuration).join("\n"), resources: resources.join("\n\n") };
}

function table(heading: string, properties: Properties): string[] {
    const rows = Object.entries(properties).map(
        ([name, property]) => `| \`${name}\` | ${kind(property)} | ${words(property).replaceAll("|", "\\|")} |`,
    );
    return [`| ${heading} | type | |`, "|---|---|---|", ...rows];
}

function kind({ kind, required, writeOnly, replaces }: Property): string {
    const remarks = [required && "required", writeOnly && "secret", replaces && "replaces"].filter(Boolean);
    return [kinds[kind], ...remarks].join(", ");
}

const kinds: Record<Property["kind"], string> = {
    string: "string",
    integer: "number",
    boolean: "boolean",
    strings: "string[]",
    variables: "{name: string}",
    trusted: "object",
};
