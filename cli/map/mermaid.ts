import { type Node, type PipelineGraph, stations } from "./graph.js";

/** Shapes by station: a registry is a cylinder, what starts everything is round. */
const SHAPES: Readonly<Record<Node["station"], readonly [open: string, close: string]>> = {
    repository: ["([", "])"],
    build: ["[", "]"],
    image: ["[(", ")]"],
    deploy: ["[", "]"],
    runs: ["[[", "]]"],
};

/** The picture as text that GitHub and others draw. */
export function mermaidOf({ lanes }: PipelineGraph): string {
    const lines = lanes.flatMap(({ app, nodes, edges }, lane) => {
        const name = (id: string) => `n${lane}_${nodes.findIndex((node) => node.id === id)}`;
        const ordered = stations.flatMap((station) => nodes.filter((node) => node.station === station));
        return [
            `    subgraph lane${lane} ["${quoted(app)}"]`,
            ...ordered.map((node) => `        ${name(node.id)}${shape(node)}`),
            ...edges.map(({ from, to }) => `        ${name(from)} --> ${name(to)}`),
            "    end",
        ];
    });
    return ["flowchart LR", ...lines, ""].join("\n");
}

function shape({ station, title, details }: Node): string {
    const [open, close] = SHAPES[station];
    return `${open}"${[title, ...details].map(quoted).join("<br>")}"${close}`;
}

const quoted = (text: string) => text.replace(/[&<>"#]/g, (sign) => `#${sign.charCodeAt(0)};`);
