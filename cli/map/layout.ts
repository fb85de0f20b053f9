import { type Link, type Node, type PipelineGraph, stations } from "./graph.js";

/** Width of a character of the monospaced font at size 1; fonts differ by a hair, so this is the widest. */
export const CHARACTER = 0.62;
export const FONT = 12;
const LINE = 16;
const PADDING = 8;
const GAP_X = 44;
const GAP_Y = 10;
const LANE_GAP = 14;
const MARGIN = 16;
const HEAD = 28;

export interface Box {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
}

export interface PlacedText extends Box {
    readonly text: string;
    readonly style: "title" | "detail" | "head";
}

export interface PlacedNode extends Box {
    readonly node: Node;
    readonly texts: readonly PlacedText[];
}

/** From the right side of a box to the left side of another. */
export interface PlacedEdge {
    readonly from: PlacedNode;
    readonly to: PlacedNode;
}

export interface Layout {
    readonly width: number;
    readonly height: number;
    /** Background of each application. */
    readonly lanes: readonly (Box & { readonly app: string })[];
    readonly nodes: readonly PlacedNode[];
    readonly edges: readonly PlacedEdge[];
    /** Names of the columns, and the tables below the lanes. */
    readonly texts: readonly PlacedText[];
}

const HEADS = {
    repository: "a push to",
    build: "is built by",
    image: "goes to",
    deploy: "is deployed by",
    runs: "and runs in",
} as const;

/** Places everything: a lane an application, a column a station; nothing overlaps, every text fits its box. */
export function layoutOf({ lanes, credentials, watchers }: PipelineGraph): Layout {
    const columns = columnsOf(lanes.flatMap(({ nodes }) => nodes));
    const lanesRight = columns.at(-1)?.right ?? MARGIN;
    const nodes: PlacedNode[] = [];
    const placedLanes: (Box & { app: string })[] = [];
    let y = MARGIN + HEAD;
    for (const { app, nodes: own } of lanes) {
        const stacks = stations.map((station) => own.filter((node) => node.station === station));
        const inside = Math.max(...stacks.map(heightOf));
        stacks.forEach((stack, column) => {
            const place = columns[column];
            let top = y + PADDING + (inside - heightOf(stack)) / 2;
            for (const node of stack) {
                const box = { x: place?.left ?? 0, y: top, width: place?.width ?? 0, height: boxHeight(node) };
                nodes.push({ ...box, node, texts: textsOf(node, box) });
                top += box.height + GAP_Y;
            }
        });
        const height = inside + 2 * PADDING;
        placedLanes.push({ app, x: MARGIN, y, width: lanesRight + PADDING - MARGIN, height });
        y += height + LANE_GAP;
    }
    const heads = columns.map(({ left, width }, i) => text(HEADS[stations[i] ?? "runs"], "head", left, MARGIN, width));
    const tables = [
        { title: "Credentials", links: credentials },
        { title: "Watched by", links: watchers },
    ].filter(({ links }) => links.length > 0);
    const below: PlacedText[] = [];
    for (const { title, links } of tables) {
        const { texts, bottom } = tableAt(title, links, y + LINE);
        below.push(...texts);
        y = bottom;
    }
    const texts = [...(lanes.length > 0 ? heads : []), ...below];
    const right = Math.max(lanesRight + PADDING, ...texts.map((each) => each.x + each.width));
    const byId = new Map(nodes.map((placed) => [placed.node.id, placed]));
    const edges = lanes.flatMap((lane) =>
        lane.edges.flatMap(({ from, to }) => {
            const ends = [byId.get(from), byId.get(to)] as const;
            return ends[0] && ends[1] ? [{ from: ends[0], to: ends[1] }] : [];
        }),
    );
    return { width: right + MARGIN, height: y + MARGIN, lanes: placedLanes, nodes, edges, texts };
}

export const textWidth = (words: string, size = FONT) => Math.ceil(words.length * size * CHARACTER);

interface Column {
    readonly left: number;
    readonly width: number;
    readonly right: number;
}

/** As wide as the longest line of the station. */
function columnsOf(nodes: readonly Node[]): Column[] {
    let left = MARGIN + PADDING;
    return stations.map((station) => {
        const own = nodes.filter((node) => node.station === station);
        const lines = [...own.flatMap(({ title, details }) => [title, ...details]), HEADS[station]];
        const width = Math.max(...lines.map((line) => textWidth(line))) + 2 * PADDING;
        const column = { left, width, right: left + width };
        left = column.right + GAP_X;
        return column;
    });
}

const boxHeight = ({ details }: Node) => 2 * PADDING + LINE * (1 + details.length);
const heightOf = (stack: readonly Node[]) =>
    stack.reduce((sum, node) => sum + boxHeight(node), 0) + GAP_Y * Math.max(0, stack.length - 1);

function textsOf({ title, details }: Node, { x, y, width }: Box): PlacedText[] {
    return [title, ...details].map((words, i) =>
        text(words, i === 0 ? "title" : "detail", x + PADDING, y + PADDING + i * LINE, width - 2 * PADDING),
    );
}

function tableAt(title: string, links: readonly Link[], top: number): { texts: PlacedText[]; bottom: number } {
    const texts = [text(title, "head", MARGIN + PADDING, top)];
    const columns = (["what", "from", "to"] as const).map((key) => ({
        key,
        width: Math.max(...links.map((link) => textWidth(link[key]))),
    }));
    let y = top + LINE + PADDING / 2;
    for (const link of links) {
        let x = MARGIN + PADDING;
        for (const { key, width } of columns) {
            texts.push(text(link[key], key === "what" ? "title" : "detail", x, y, width));
            x += width + GAP_X / 2;
        }
        y += LINE;
    }
    return { texts, bottom: y };
}

function text(words: string, style: PlacedText["style"], x: number, y: number, width = textWidth(words)): PlacedText {
    return { text: words, style, x, y, width, height: LINE };
}
