import { expect } from "chai";
import fc from "fast-check";
import {
    decode,
    encode,
    keepSecrets,
    type Properties,
    protectState,
    reveal,
    Secret,
    unknown,
} from "../../../../../sandbox/doubles/pulumi/provider/values.js";
import { anyJson } from "../../../../support/anyJson.js";

describe("property values", () => {
    it("come back as they went, secrets and unknowns included", () => {
        const values = { a: [1, "x", null, true], b: new Secret({ c: unknown }), d: {} };
        expect(decode(encode(values))).to.deep.equal(values);
        fc.assert(
            fc.property(fc.dictionary(fc.stringMatching(/^[a-z]*$/), anyJson), (json) => {
                const plain = (value: unknown) => JSON.parse(JSON.stringify(value));
                expect(plain(decode(encode(json as Properties)))).to.deep.equal(plain(json));
            }),
            { numRuns: 50 },
        );
    });

    it("stay secret in outputs at the place where they were secret in inputs", () => {
        const inputs = { name: "x", connection: { key: new Secret("k"), host: "h" }, list: ["a", new Secret("b")] };
        const outputs = { name: "x", connection: { key: "k", host: "h" }, list: ["b", "a"], computed: "c" };
        const kept = keepSecrets(outputs, inputs);
        expect(kept.connection).to.deep.equal({ key: new Secret("k"), host: "h" });
        expect(kept.list, "an array may have been reordered").to.deep.equal(new Secret(["b", "a"]));
        expect(reveal(kept)).to.deep.equal(outputs);
    });

    it("stay secret in the inputs that a state carries", () => {
        const state = { data: { a: "s" }, __inputs: { data: { a: "s" } } };
        const secret = { data: { a: new Secret("s") } };
        expect(protectState(state, secret)).to.deep.equal({ ...secret, __inputs: secret });
    });
});
