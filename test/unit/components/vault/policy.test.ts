import { expect } from "chai";
import fc from "fast-check";
import { type PathRule, renderPolicy } from "../../../../components/vault/policy.js";

describe("renderPolicy", () => {
    it("merges rules on one path and sorts what is left", () => {
        const text = renderPolicy([
            { path: "secret/data/ci/global", capabilities: ["read"] },
            { path: "auth/token/revoke-self", capabilities: ["update"] },
            { path: "secret/data/ci/global", capabilities: ["list", "read"] },
        ]);
        expect(text).to.equal(
            'path "auth/token/revoke-self" {\n  capabilities = ["update"]\n}\n\n' +
                'path "secret/data/ci/global" {\n  capabilities = ["list", "read"]\n}\n',
        );
    });

    for (const path of ["secret/*", "secret/data/*", "kv/team/data/*", "*"]) {
        it(`refuses ${path}, which covers a whole mount`, () => {
            expect(() => renderPolicy([{ path, capabilities: ["read"] }])).to.throw(RangeError, path);
        });
    }

    it("does not depend on the order of the rules", () => {
        const rule = fc.record({
            path: fc.constantFrom("secret/data/a", "secret/data/b", "kubernetes/creds/c"),
            capabilities: fc.subarray(["create", "read", "update", "delete", "list"] as const),
        });
        fc.assert(
            fc.property(fc.array(rule), (rules: PathRule[]) => {
                expect(renderPolicy([...rules].reverse())).to.equal(renderPolicy(rules));
            }),
        );
    });
});
