import { type Document, Scalar, visit } from "yaml";
import type { Check } from "../lib/check.js";
import { woodpeckerWorkflow } from "../lib/files.js";
import { substitutionsIn } from "../lib/substitution.js";

export const woodpeckerQuotes: Check = {
    name: "woodpecker-substitution-is-quoted",
    description: "Text with ${…} in a Woodpecker workflow stands in quotes.",
    why: 'Woodpecker replaces before it reads YAML. `${A}:${B}` without quotes ends as "did not find expected key", and a SHA such as 12345e10 becomes a number.',
    remedy: 'Put the whole value in double quotes: "${CI_COMMIT_SHA:0:8}". For a variable of the shell write $${NAME}.',
    severity: "medium",
    find: (resource) => {
        const file = woodpeckerWorkflow(resource);
        if (!file) return [];
        const bare = file.errors.length > 0 ? bareLines(file.text) : bareScalars(file.document);
        return bare.map((source) => ({ subject: source, message: `${file.path}: ${source} stands without quotes` }));
    },
};

function bareScalars(document: Document): string[] {
    const bare: string[] = [];
    visit(document, {
        Scalar: (_key, { type, source = "" }) => {
            if (type === Scalar.PLAIN && substitutionsIn(source).length > 0) bare.push(source);
        },
    });
    return bare;
}

/** A bare ${ can be what makes the file unreadable. */
function bareLines(text: string): string[] {
    return text
        .split("\n")
        .filter((line) => /^[^'"|>#]*[:-] +[^'"]*\$\{/.test(line) && substitutionsIn(line).length > 0)
        .map((line) => line.trim());
}
