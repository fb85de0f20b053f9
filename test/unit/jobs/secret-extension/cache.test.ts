import { expect } from "chai";
import type { KvSecret } from "../../../../jobs/lib/vault.js";
import { Cache } from "../../../../jobs/secret-extension/cache.js";

describe("the cache of the secret extension", () => {
    let reads: (readonly string[])[];
    let time: number;
    let gone: Set<string>;
    beforeEach(() => {
        reads = [];
        time = 0;
        gone = new Set();
    });

    function cache(seconds: number, size = 1000): Cache {
        return new Cache({ seconds, size, now: () => time }, async (paths) => {
            reads.push(paths);
            await new Promise((resolve) => setImmediate(resolve));
            const there = paths.filter((path) => !gone.has(path));
            return new Map(there.map((path): [string, KvSecret] => [path, secret(`value of ${path}`)]));
        });
    }
    const secret = (value: string): KvSecret => ({ version: 1, data: new Map([["k", value]]) });

    it("reads once for pipelines that come at once, and for those of the next seconds", async () => {
        const one = cache(60);
        const all = await Promise.all([one.get(["a", "b"]), one.get(["b", "c"]), one.get(["a"])]);
        expect(all.map((found) => [...found.keys()])).to.deep.equal([["a", "b"], ["b", "c"], ["a"]]);
        expect(reads).to.deep.equal([["a", "b"], ["c"]]);
        time = 59_000;
        await one.get(["a", "b", "c"]);
        expect(reads).to.have.lengthOf(2);
        time = 60_001;
        await one.get(["a"]);
        expect(reads).to.have.lengthOf(3);
    });

    it("keeps nothing for no time, and no failure at all", async () => {
        const none = cache(0);
        await none.get(["a"]);
        await none.get(["a"]);
        expect(reads).to.have.lengthOf(2);
        expect(none.length).to.equal(0);

        const one = cache(60);
        gone.add("a");
        expect((await one.get(["a"])).size).to.equal(0);
        gone.clear();
        expect((await one.get(["a"])).size).to.equal(1);
    });

    it("holds no more than it may, and drops what it has longest", async () => {
        const small = cache(60, 25);
        for (const path of ["a", "b", "c"]) await small.get([path]);
        expect(small.length).to.equal(2);
        await small.get(["b", "c"]);
        expect(reads).to.have.lengthOf(3);
        await small.get(["a"]);
        expect(reads).to.have.lengthOf(4);
        const tiny = cache(60, 5);
        expect((await tiny.get(["a"])).size).to.equal(1);
        expect(tiny.length).to.equal(0);
    });

    it("does not go on with what is too old when it cannot be read anew", async () => {
        const one = cache(60);
        await one.get(["a"]);
        time = 61_000;
        gone.add("a");
        expect((await one.get(["a"])).size).to.equal(0);
    });
});
