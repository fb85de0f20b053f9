import { expect } from "chai";
import fc from "fast-check";
import { replacingPaths } from "../../../../../sandbox/doubles/pulumi/kubernetes/replacing.js";
import { compareObjects, normalize, prune } from "../../../../../sandbox/doubles/pulumi/kubernetes/shape.js";
import type { Properties } from "../../../../../sandbox/doubles/pulumi/provider/values.js";
import { anyJson } from "../../../../support/anyJson.js";

const builtIn = { replacing: [], builtIn: true };
const mutable = { configMaps: true, secrets: true };

describe("the shape of a Kubernetes object", () => {
    it("cuts keys and array elements that the inputs do not have", () => {
        const live: Properties = { a: 1, added: 2, list: [{ x: 1, y: 2 }, { x: 3 }], map: { k: "v", more: "v" } };
        const inputs = { a: 0, list: [{ x: 0 }], map: { k: "" } };
        expect(prune(live, inputs)).to.deep.equal({ a: 1, list: [{ x: 1 }], map: { k: "v" } });
    });

    it("shows a list that became shorter", () => {
        const changes = compareObjects(prune({ list: ["a"] }, { list: ["a", "b"] }), { list: ["a", "b"] }, builtIn);
        expect([...changes]).to.deep.equal([["list[1]", { kind: "add", replace: false }]]);
    });

    const json = fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), anyJson) as fc.Arbitrary<Properties>;

    it("finds no change between an object and itself, whatever it holds", () => {
        fc.assert(fc.property(json, (object) => compareObjects(prune(object, object), object, builtIn).size === 0));
    });

    it("finds no change when something was only added", () => {
        fc.assert(
            fc.property(json, json, (inputs: Properties, added: Properties) => {
                const live: Properties = {
                    ...Object.fromEntries(Object.entries(added).map(([k, v]) => [`new-${k}`, v])),
                    ...inputs,
                };
                return compareObjects(prune(live, inputs), inputs, builtIn).size === 0;
            }),
        );
    });

    it("takes a zero value that the server leaves out for no change, but only in kinds of the server itself", () => {
        const inputs = { spec: { hostNetwork: false, env: [], name: "" } };
        expect(compareObjects({ spec: {} }, inputs, builtIn).size).to.equal(0);
        expect(compareObjects({ spec: {} }, inputs, { replacing: [], builtIn: false }).size).to.equal(3);
    });

    it("knows quantities that mean the same, where quantities stand", () => {
        const quantity = (cpu: string) => ({ resources: { limits: { cpu } } });
        expect(compareObjects(quantity("1"), quantity("1000m"), builtIn).size).to.equal(0);
        expect(compareObjects(quantity("1"), quantity("1100m"), builtIn).size).to.equal(1);
        expect(compareObjects({ data: { cpu: "1" } }, { data: { cpu: "1000m" } }, builtIn).size).to.equal(1);
    });

    it("replaces for what the server does not let change, and says where", () => {
        const kinds: [Properties, Properties, string][] = [
            [{ apiVersion: "v1", kind: "ConfigMap", data: { a: "1" } }, { data: { a: "2" } }, "data.a"],
            [
                { apiVersion: "batch/v1", kind: "Job", spec: { template: { a: 1 } } },
                { spec: { template: { a: 2 } } },
                "spec.template.a",
            ],
            [
                { apiVersion: "v1", kind: "Pod", spec: { containers: [{ image: "a" }] } },
                { spec: { containers: [{ image: "b" }] } },
                "spec.containers[0].image",
            ],
        ];
        for (const [before, change, path] of kinds) {
            const replacing = replacingPaths(before, { configMaps: false, secrets: false });
            const changes = compareObjects(before, { ...before, ...change }, { replacing, builtIn: true });
            expect([...changes]).to.deep.equal([[path, { kind: "update", replace: true }]]);
        }
        expect(replacingPaths({ apiVersion: "v1", kind: "ConfigMap" }, mutable)).to.not.include(".data");
    });

    it("replaces when a whole part that contains such a field is added", () => {
        const changes = compareObjects(
            {},
            { spec: { selector: { a: "b" } } },
            { replacing: [".spec.selector"], builtIn: true },
        );
        expect(changes.get("spec")).to.deep.equal({ kind: "add", replace: true });
    });

    it("writes keys with dots as the engine does", () => {
        const annotated = (value: string) => ({ metadata: { annotations: { "pulumi.com/skipAwait": value } } });
        const [path] = compareObjects(annotated("a"), annotated("b"), builtIn).keys();
        expect(path).to.equal('metadata.annotations["pulumi.com/skipAwait"]');
    });

    it("turns a Secret's text into base64 and drops fields of the server's own", () => {
        const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "x", uid: "1" }, stringData: { a: "b" } };
        expect(normalize(secret)).to.deep.equal({
            apiVersion: "v1",
            kind: "Secret",
            metadata: { name: "x" },
            data: { a: "Yg==" },
        });
    });
});
