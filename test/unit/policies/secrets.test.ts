import { expect } from "chai";
import { secretMarked } from "../../../policies/checks/secretMarked.js";
import type { Properties } from "../../../policies/lib/resource.js";
import { messages, resource } from "../../support/policies.js";

describe("secret-is-marked", () => {
    const cases: [type: string, properties: Properties, path: string][] = [
        ["github:index/actionsSecret:ActionsSecret", { secretName: "TOKEN", value: "x" }, "value"],
        ["woodpecker:index:RepositorySecret", { name: "token", value: "x" }, "value"],
        ["kubernetes:core/v1:Secret", { metadata: { name: "x" }, stringData: { user: "x" } }, "stringData.user"],
        ["vault:kv/secretV2:SecretV2", { dataJson: "{}" }, "dataJson"],
        ["command:remote:Command", { connection: { host: "x", privateKey: "y" } }, "connection.privateKey"],
        ["pulumi:providers:github", { owner: "acme", token: "x" }, "token"],
        ["docker:index/container:Container", { registryAuth: [{ password: "x" }] }, "registryAuth.0.password"],
        ["kubernetes:core/v1:ConfigMap", { data: { "app.conf": `hvs.${"a".repeat(30)}` } }, "data.app.conf"],
    ];
    for (const [type, properties, path] of cases) {
        it(`stops ${path} of ${type} in clear, and takes it marked`, () => {
            const found = messages(secretMarked, resource(type, properties));
            expect(found).to.have.length(1);
            expect(found[0]).to.include(path).and.include("not marked secret");
            expect(messages(secretMarked, resource(type, properties, [path]))).to.deep.equal([]);
            const [root = ""] = path.split(".");
            expect(messages(secretMarked, resource(type, properties, [root]))).to.deep.equal([]);
        });
    }
    it("never repeats the value", () => {
        const value = `ghp_${"b".repeat(36)}`;
        expect(messages(secretMarked, resource("x:y:Z", { note: value })).join()).to.not.include(value);
    });
    it("leaves alone what is only about secrets", () => {
        const about = { secretName: "TOKEN", tokenTtl: 900, tokenPolicies: ["x"], automountServiceAccountToken: false };
        expect(messages(secretMarked, resource("x:y:Z", about))).to.deep.equal([]);
    });
    it("does not pass when it could not look", () => {
        const blind = { type: "x:y:Z", name: "it", properties: {} };
        expect(messages(secretMarked, blind)).to.have.length(1);
    });
});
