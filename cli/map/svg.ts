import { FONT, type Layout, type PlacedEdge, type PlacedText } from "./layout.js";

const STYLE = `
svg { color-scheme: light dark; background: light-dark(#ffffff, #16191d); }
text { font: ${FONT}px ui-monospace, "SFMono-Regular", Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: light-dark(#1f2328, #e6e9ec); }
.head { font-weight: 600; fill: light-dark(#57606a, #9aa4ae); }
.detail { fill: light-dark(#57606a, #9aa4ae); }
.lane { fill: light-dark(#f3f5f7, #1e2329); }
.box { stroke-width: 1.5; fill: light-dark(#ffffff, #16191d); }
.repository { stroke: #8250df; } .build { stroke: #0969da; } .image { stroke: #bf8700; }
.deploy { stroke: #1a7f37; } .runs { stroke: #cf222e; }
.edge { fill: none; stroke: light-dark(#8c959f, #6e7781); stroke-width: 1.5; }
marker path { fill: light-dark(#8c959f, #6e7781); }
`.trim();

/** The picture as one file that needs nothing else; light or dark as the reader has it. */
export function svgOf(layout: Layout, title: string): string {
    const { width, height, lanes, nodes, edges, texts } = layout;
    const body = [
        ...lanes.map(
            ({ x, y, width: w, height: h, app }) =>
                `<rect class="lane" x="${x}" y="${y}" width="${w}" height="${h}" rx="8"><title>${escapeXml(app)}</title></rect>`,
        ),
        ...edges.map(edgePath),
        ...nodes.flatMap(({ node, x, y, width: w, height: h, texts: own }) => [
            `<rect class="box ${node.station}" x="${x}" y="${y}" width="${w}" height="${h}" rx="5"/>`,
            ...own.map(textElement),
        ]),
        ...texts.map(textElement),
    ];
    return [
        `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
        `<title>${escapeXml(title)}</title>`,
        `<style>${STYLE}</style>`,
        '<defs><marker id="end" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>',
        ...body,
        "</svg>",
        "",
    ].join("\n");
}

function edgePath({ from, to }: PlacedEdge): string {
    const [x1, y1] = [from.x + from.width, from.y + from.height / 2];
    const [x2, y2] = [to.x, to.y + to.height / 2];
    const middle = (x1 + x2) / 2;
    return `<path class="edge" d="M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}" marker-end="url(#end)"/>`;
}

/** The base line is some three quarters of a line below its top. */
function textElement({ text, style, x, y, height }: PlacedText): string {
    return `<text class="${style}" x="${x}" y="${y + Math.round(height * 0.75)}">${escapeXml(text)}</text>`;
}

export function escapeXml(text: string): string {
    return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
