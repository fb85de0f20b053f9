import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Store } from "../../../../../sandbox/doubles/woodpecker/store.js";

describe("the store of the Woodpecker double", () => {
    let directory: string;
    beforeEach(() => {
        directory = mkdtempSync(join(tmpdir(), "store-"));
    });
    afterEach(() => rmSync(directory, { recursive: true, force: true }));

    const redirection = { repoId: 1, fullName: "acme/old" };
    const redirections = () => new Store(directory).table("redirections");

    it("has what was changed before it was closed", () => {
        const store = new Store(directory);
        store.table("redirections").push(redirection);
        store.touch();
        store.close();
        expect(redirections()).deep.equal([redirection]);
    });

    it("writes nothing of a request that outlives it, also when its directory is gone by then", () => {
        const store = new Store(directory);
        store.close();
        store.table("redirections").push(redirection);
        store.touch();
        store.writeLogLater(1, []);
        store.save();
        expect(redirections()).deep.equal([]);
        rmSync(directory, { recursive: true });
        store.touch();
        expect(() => store.save()).not.to.throw();
    });
});
