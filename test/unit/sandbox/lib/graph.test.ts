import { setImmediate, setTimeout } from "node:timers/promises";
import { expect } from "chai";
import fc from "fast-check";
import { Gate, inOrder, runSteps, type Step, type Watcher, withNeeds } from "../../../../sandbox/lib/graph.js";

const silent: Watcher = { started() {}, said() {}, done() {}, failed() {}, skipped() {} };

function step(name: string, needs: readonly string[], run: () => Promise<void> = async () => {}): Step {
    return { name, needs, run };
}

describe("the order in which the sandbox starts", () => {
    it("puts every part after what it needs", () => {
        // Part n needs some of the parts before it, and they are given in any order.
        const graph = fc
            .array(fc.array(fc.nat(9), { maxLength: 4 }), { minLength: 1, maxLength: 10 })
            .map((needs) => needs.map((of, index) => step(`${index}`, of.filter((n) => n < index).map(String))))
            .chain((steps) => fc.shuffledSubarray(steps, { minLength: steps.length }));
        fc.assert(
            fc.property(graph, (steps) => {
                const names = inOrder(steps).map(({ name }) => name);
                expect([...names].sort()).to.deep.equal(steps.map(({ name }) => name).sort());
                for (const { name, needs } of steps) {
                    for (const need of needs) expect(names.indexOf(need)).to.be.lessThan(names.indexOf(name));
                }
            }),
        );
    });

    it("names the parts of a circle, and a part that does not exist", () => {
        expect(() => inOrder([step("a", ["b"]), step("b", ["a"])])).to.throw("these need each other: a -> b -> a");
        expect(() => inOrder([step("a", ["x"])])).to.throw("a needs x, which does not exist");
    });

    it("takes along whatever the chosen parts need, however far, and nothing else", () => {
        const all = [step("a", []), step("b", ["a"]), step("c", ["b"]), step("d", [])];
        expect(withNeeds(all, ["c"]).map(({ name }) => name)).to.deep.equal(["a", "b", "c"]);
    });
});

describe("starting many parts", () => {
    it("starts what does not depend on a failed part, and skips what does", async () => {
        const started: string[] = [];
        const skipped: string[] = [];
        const record = (name: string) => async () => void started.push(name);
        const failures = await runSteps(
            [
                step("bad", [], () => Promise.reject(new Error("no"))),
                step("after bad", ["bad"], record("after bad")),
                step("far after bad", ["after bad"], record("far after bad")),
                step("good", [], record("good")),
            ],
            { ...silent, skipped: (name, cause) => skipped.push(`${name}: ${cause}`) },
        );
        expect(failures.map(({ name }) => name)).to.deep.equal(["bad"]);
        expect(started).to.deep.equal(["good"]);
        expect(skipped).to.deep.equal(["after bad: bad", "far after bad: bad"]);
    });

    it("counts the work of a step and not its wait for a place", async () => {
        const seconds = new Map<string, number>();
        const said: string[] = [];
        const gate = new Gate(1);
        const long = { ...step("long", [], () => setTimeout(200)), gate };
        const short = { ...step("short", [], async () => {}), gate };
        await runSteps([long, short], {
            ...silent,
            said: (name, text) => said.push(`${name}: ${text}`),
            done: (name, took) => seconds.set(name, took),
        });
        expect(said).to.deep.equal(["short: waiting for its turn"]);
        expect(seconds.get("long")).to.be.at.least(0.19);
        expect(seconds.get("short")).to.be.below(0.15);
    });

    it("hands a place to the one who has waited, whenever another comes", async () => {
        // As many microtasks later as there can be between a place that gets free and its next holder.
        for (let later = 0; later < 8; later += 1) {
            const gate = new Gate(1);
            let inside = 0;
            let most = 0;
            const work = async () => {
                inside += 1;
                most = Math.max(most, inside);
                await setImmediate();
                inside -= 1;
            };
            const end = setImmediate();
            const first = gate.through(() => end);
            const second = gate.through(work);
            const third = end.then(async () => {
                for (let passed = 0; passed < later; passed += 1) await undefined;
                await gate.through(work);
            });
            await Promise.all([first, second, third]);
            expect(most, `${later} microtasks later`).to.equal(1);
        }
    });

    it("lets no more through a gate than it has room for", async () => {
        const gate = new Gate(2);
        let inside = 0;
        let most = 0;
        const work = () =>
            gate.through(async () => {
                inside += 1;
                most = Math.max(most, inside);
                await setImmediate();
                inside -= 1;
            });
        await Promise.all([work(), work(), work(), work(), work()]);
        expect(most).to.equal(2);
        expect(inside).to.equal(0);
    });
});
