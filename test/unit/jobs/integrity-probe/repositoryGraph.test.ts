import { createHash } from "node:crypto";
import { expect } from "chai";
import fc from "fast-check";
import { RepositoryGraph } from "../../../../jobs/integrity-probe/repositoryGraph.js";

const digest = (n: number) => `sha256:${createHash("sha256").update(String(n)).digest("hex")}`;

describe("the graph of a repository", () => {
    it("knows a digest again, however many there are", () => {
        fc.assert(
            fc.property(fc.array(fc.nat(300), { maxLength: 600 }), (numbers) => {
                const graph = new RepositoryGraph();
                const known = new Map<number, number>();
                for (const number of numbers) {
                    const { id, isNew } = graph.meet(digest(number));
                    expect(isNew).to.equal(!known.has(number));
                    if (isNew) known.set(number, id);
                    expect(id).to.equal(known.get(number));
                }
                expect(new Set(known.values()).size).to.equal(known.size);
            }),
        );
    });

    it("finds the images that need a digest, over any number of steps, also in a circle", () => {
        const graph = new RepositoryGraph();
        const [index, inner, image, layer, other] = [1, 2, 3, 4, 5].map((n) => graph.meet(digest(n)).id) as [
            number,
            number,
            number,
            number,
            number,
        ];
        graph.tag("v2", index);
        graph.tag("v1", index);
        graph.tag("other", other);
        for (const [parent, child] of [
            [index, inner],
            [inner, image],
            [image, layer],
            [image, inner],
        ] as const) {
            graph.link(parent, child);
        }
        const root = digest(1).slice(7, 39);
        expect(graph.imagesOf(layer)).to.deep.equal({
            roots: [
                { tag: "v1", root },
                { tag: "v2", root },
            ],
            images: 2,
        });
        expect(graph.imagesOf(other).roots.map(({ tag }) => tag)).to.deep.equal(["other"]);
    });

    it("names some of very many images, and counts them all", () => {
        const graph = new RepositoryGraph();
        const { id } = graph.meet(digest(0));
        for (let n = 0; n < 500; n++) graph.tag(`v${n}`, id);
        const { roots, images } = graph.imagesOf(id);
        expect(roots).to.have.lengthOf(20);
        expect(images).to.equal(500);
    });
});
