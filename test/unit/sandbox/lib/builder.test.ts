import { expect } from "chai";
import { parseReference } from "../../../../sandbox/lib/builder.js";

describe("where the sandbox pushes images", () => {
    it("is a registry on this machine", () => {
        expect(parseReference("127.0.0.1:18500/acme/website:0123abcd")).to.deep.equal({
            host: "127.0.0.1:18500",
            repository: "acme/website",
            tag: "0123abcd",
        });
    });

    for (const reference of ["acme/website:0123abcd", "docker.io/acme/website:1", "127.0.0.1:18500/acme/website"]) {
        it(`is never ${reference}`, () => {
            expect(() => parseReference(reference)).to.throw(`${reference} cannot be pushed`);
        });
    }
});
