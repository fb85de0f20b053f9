import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readSettings } from "../cli/lib/stack.js";
import { graphOf } from "../cli/map/graph.js";
import { layoutOf } from "../cli/map/layout.js";
import { svgOf } from "../cli/map/svg.js";
import { commandReference } from "./commandReference.js";
import { configurationReference } from "./configurationReference.js";

export const root = join(__dirname, "..");

/** Every document that is written by a program, by its path. */
export function documents(): Readonly<Record<string, string>> {
    const settings = readSettings(join(root, "Pulumi.sandbox.yaml"));
    return {
        "docs/configuration.md": configurationReference(root),
        "docs/commands.md": commandReference(),
        "docs/pipeline.svg": svgOf(layoutOf(graphOf(settings)), "The pipeline of the sandbox"),
    };
}

export const written = (path: string) => readFileSync(join(root, path), "utf8");
