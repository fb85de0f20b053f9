import { expect } from "chai";
import { compare, completeInputs, requestBody } from "../../../../../sandbox/doubles/pulumi/vault/properties.js";
import { table } from "../../../../../sandbox/doubles/pulumi/vault/table.js";

const role = table["vault:kubernetes/authBackendRole:AuthBackendRole"]?.properties ?? {};

describe("properties of a Vault resource", () => {
    const inputs = { backend: "kubernetes", roleName: "r", boundServiceAccountNames: ["b", "a"], tokenTtl: 900 };

    it("take defaults from the table", () => {
        expect(completeInputs(role, { roleName: "r", boundServiceAccountNames: [] }, () => "").backend).to.equal(
            "kubernetes",
        );
    });

    it("do not differ in the order of a set, nor where the program leaves Vault its own choice", () => {
        const state = { ...inputs, boundServiceAccountNames: ["a", "b"], aliasNameSource: "serviceaccount_uid" };
        expect(compare(role, state, inputs).size).to.equal(0);
    });

    it("differ where somebody set what the program leaves unset, and are cleared", () => {
        const state = { ...inputs, tokenMaxTtl: 86400 };
        expect([...compare(role, state, inputs)]).to.deep.equal([["tokenMaxTtl", { kind: "delete", replace: false }]]);
        expect(requestBody(role, state, inputs)).to.include({ token_max_ttl: 0, token_ttl: 900 });
    });

    it("keep what is part of the path out of the body", () => {
        expect(requestBody(role, {}, inputs)).to.not.have.any.keys("backend", "role_name");
    });
});
