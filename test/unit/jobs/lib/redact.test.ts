import { expect } from "chai";
import fc from "fast-check";
import { redact } from "../../../../jobs/lib/redact.js";
import { fingerprintOf, noteOf, ownerOf, stateOf } from "../../../../jobs/secret-sync/note.js";

describe("redaction", () => {
    it("leaves no run of a secret's characters in a text that repeats part of it", () => {
        const secret = fc.string({ unit: "grapheme-ascii", minLength: 6, maxLength: 200 });
        fc.assert(
            fc.property(secret, fc.nat(200), fc.nat(200), (value, from, length) => {
                const part = value.slice(from % value.length, (from % value.length) + 6 + length);
                const text = redact(`error near \u2192${part}\u2190: bad`, [value]);
                if (part.length >= 6) expect(text).to.not.contain(part);
                for (let i = 0; i + 6 <= part.length; i++) {
                    // "[secret]" and the words around are the text's own
                    const run = part.slice(i, i + 6);
                    if (!"error near \u2192[secret]\u2190: bad".includes(run)) expect(text).to.not.contain(run);
                }
            }),
        );
    });

    it("knows a value as JSON and URLs spell it", () => {
        const value = 'line one\nline "two"';
        expect(redact(`{"value":${JSON.stringify(value)}}`, [value])).to.equal('{"value":"[secret]"}');
        expect(redact(`?v=${encodeURIComponent(value)}`, [value])).to.equal("?v=[secret]");
    });

    it("masks a short value that stands alone", () => {
        expect(redact("invalid password tiny", ["tiny"])).to.equal("invalid password [secret]");
    });

    it("leaves other text as it is", () => {
        expect(redact("no such host", ["s3cr3t-value"])).to.equal("no such host");
    });
});

describe("a note", () => {
    const fingerprint = fingerprintOf("k".repeat(16), "global", "n", "v");

    it("fits the column, names its owner and gives back what it was made of", () => {
        fc.assert(
            fc.property(fc.string({ unit: "binary", maxLength: 400 }), fc.nat(), (key, version) => {
                const note = noteOf({ owner: "vault", source: `secret/ci/global#${key}`, version, fingerprint });
                expect(note.length).to.be.at.most(255);
                expect(ownerOf(note)).to.equal("vault");
                expect(stateOf(note)).to.deep.equal({ version, fingerprint });
            }),
        );
    });

    it("holds a fingerprint that shows neither the value nor that two values are equal", () => {
        expect(fingerprint).to.not.equal(fingerprintOf("k".repeat(16), "global", "m", "v"));
        expect(fingerprint).to.not.equal(fingerprintOf("l".repeat(16), "global", "n", "v"));
        expect(fingerprint).to.have.lengthOf(43);
    });

    it("of somebody else has no owner here", () => {
        for (const note of ["", "sha256:abc", "not managed by secret-sync (vault)", "managed by secret-sync"]) {
            expect(ownerOf(note)).to.equal(undefined);
        }
    });
});
