import { expect } from "chai";
import fc from "fast-check";
import { graphOf } from "../../../../cli/map/graph.js";
import { type Box, type Layout, layoutOf, textWidth } from "../../../../cli/map/layout.js";
import { mermaidOf } from "../../../../cli/map/mermaid.js";
import { svgOf } from "../../../../cli/map/svg.js";
import { parseSettings } from "../../../../config/parse.js";
import { anyApp, settingsOf, stackConfig } from "../../../support/settings.js";

const apart = (a: Box, b: Box) =>
    a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
const within = (inner: Box, outer: Box) =>
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height;

/** What a reader would see at once. */
function expectReadable({ width, height, lanes, nodes, edges, texts }: Layout): void {
    const page = { x: 0, y: 0, width, height };
    const boxes = [...nodes, ...texts];
    boxes.forEach((one, i) => {
        expect(within(one, page), "inside of the picture").equal(true);
        for (const other of boxes.slice(i + 1)) expect(apart(one, other), "apart").equal(true);
    });
    for (const placed of nodes) {
        expect(lanes.filter((lane) => within(placed, lane))).length(1);
        for (const text of placed.texts) {
            expect(within(text, placed), text.text).equal(true);
            expect(textWidth(text.text)).at.most(text.width);
        }
    }
    for (const { from, to } of edges) expect(from.x + from.width).below(to.x);
}

describe("the map of the pipeline", () => {
    for (const stack of ["sandbox", "prod"]) {
        const settings = parseSettings(stackConfig(stack));
        const graph = graphOf(settings);

        it(`is readable: ${stack}`, () => {
            expectReadable(layoutOf(graph));
        });

        it(`leads every repository to every container of it: ${stack}`, () => {
            for (const app of settings.delivery?.apps ?? []) {
                const lane = graph.lanes.find((each) => each.app === app.name);
                const reached = new Set([`${app.name}-repository-0`]);
                for (const { from, to } of lane?.edges ?? []) if (reached.has(from)) reached.add(to);
                expect(lane?.nodes.every(({ id }) => reached.has(id))).equal(true);
                expect(lane?.nodes.filter(({ station }) => station === "runs")).length(app.deployments.length);
            }
        });

        it(`is well-formed, and holds nothing but names: ${stack}`, () => {
            const svg = svgOf(layoutOf(graph), "Pipeline");
            expect(openElements(svg)).deep.equal([]);
            expect(svg).not.match(/https?:\/\/(?!www\.w3\.org)/);
        });
    }

    it("is readable for whatever settings there are", () => {
        fc.assert(
            fc.property(fc.uniqueArray(anyApp, { minLength: 1, maxLength: 1 }), ([app]) => {
                const graph = graphOf(settingsOf({ any: app }));
                expectReadable(layoutOf(graph));
                expect(openElements(svgOf(layoutOf(graph), "any"))).deep.equal([]);
            }),
            { numRuns: 50 },
        );
    });

    it("is an empty picture of a stack without applications", () => {
        expect(svgOf(layoutOf(graphOf(parseSettings({}))), "none")).match(/^<svg /);
    });

    it("is text for Mermaid, with a box for each station and an arrow for each edge", () => {
        const graph = graphOf(parseSettings(stackConfig("prod")));
        const text = mermaidOf(graph);
        const edges = graph.lanes.flatMap((lane) => lane.edges);
        expect(text.match(/-->/g)).length(edges.length);
        expect(text.match(/^ {4}subgraph /gm)).length(graph.lanes.length);
        expect(text.match(/^ {4}end$/gm)).length(graph.lanes.length);
    });
});

/** Elements that are opened and not closed, or closed without being open. */
function openElements(xml: string): string[] {
    const open: string[] = [];
    for (const [, close, name = "", self] of xml.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/gi)) {
        if (close) expect(open.pop()).equal(name);
        else if (!self) open.push(name);
    }
    return open;
}
