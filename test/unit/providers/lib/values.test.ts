import { expect } from "chai";
import fc from "fast-check";
import { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import { decode, encode, UNKNOWN } from "../../../../providers/lib/values.js";
import { anyJson } from "../../../support/anyJson.js";

const SECRET = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };

describe("values on their way to the engine and back", () => {
    it("keep what they are, and which of them are secret", () => {
        const plain = anyJson.filter((value) => !JSON.stringify(value).includes("-0"));
        const values = fc.dictionary(fc.string(), plain, { maxKeys: 5 }).filter((v) => !("__proto__" in v));
        fc.assert(
            fc.property(values, fc.infiniteStream(fc.boolean()), (given, choice) => {
                const secrets = new Set(Object.keys(given).filter(() => choice.next().value));
                const back = decode(encode(given, secrets));
                expect(back.values).to.deep.equal(given);
                expect(back.secrets).to.deep.equal(secrets);
            }),
        );
    });

    it("find a secret deep inside a property, and leave with the whole of it marked", () => {
        const incoming = Struct.fromJavaScript({ variables: { A: { ...SECRET, value: "hunter2" } }, name: "x" });
        const { values, secrets } = decode(incoming);
        expect(values).to.deep.equal({ variables: { A: "hunter2" }, name: "x" });
        expect(encode(values, secrets).toJavaScript()).to.deep.equal({
            variables: { ...SECRET, value: { A: "hunter2" } },
            name: "x",
        });
    });

    it("carry what a preview does not know", () => {
        const { values } = decode(encode({ id: UNKNOWN, list: [UNKNOWN] }, new Set()));
        expect(values).to.deep.equal({ id: UNKNOWN, list: [UNKNOWN] });
    });
});
