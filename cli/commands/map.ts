import { writeFileSync } from "node:fs";
import { type Command, Option } from "commander";
import { addCommand, type CommonOptions, perform } from "../lib/command.js";
import { exitCode } from "../lib/exitCode.js";
import { graphOf } from "../map/graph.js";
import { layoutOf } from "../map/layout.js";
import { mermaidOf } from "../map/mermaid.js";
import { svgOf } from "../map/svg.js";

interface MapOptions extends CommonOptions {
    readonly format: "svg" | "mermaid";
    readonly output?: string;
}

export function addMap(program: Command): void {
    addCommand(program, "map", {
        summary: "the declared pipeline as a picture",
        description:
            "Draws who builds, who deploys, where images live and which credential goes where, as the stack file declares it. Asks no server.",
        examples: [
            ["map > pipeline.svg", "a picture"],
            ["map --format mermaid", "text for a Markdown file"],
            ["map --json", "the graph, for a program"],
        ],
    })
        .addOption(new Option("--format <format>", "of the picture").choices(["svg", "mermaid"]).default("svg"))
        .option("-o, --output <file>", "where to write it instead of stdout")
        .action(
            perform<MapOptions, []>(async (session, { format, output }) => {
                const { name, settings } = await session.stack();
                const graph = graphOf(settings);
                const picture =
                    format === "svg" ? svgOf(layoutOf(graph), `Pipeline of stack ${name}`) : mermaidOf(graph);
                if (output !== undefined) writeFileSync(output, picture);
                return {
                    exitCode: exitCode.fine,
                    data: graph,
                    text: output === undefined ? picture.trimEnd() : `Written to ${output}`,
                };
            }),
        );
}
