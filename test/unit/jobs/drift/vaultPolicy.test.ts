import { expect } from "chai";
import { policyPaths, reaches } from "../../../../jobs/drift/audit/vaultPolicy.js";

describe("a policy of Vault", () => {
    it("names its paths in HCL and in JSON", () => {
        const paths = ["auth/kubernetes/role/*", "secret/data/x"];
        const [one, two] = paths;
        expect(policyPaths(`# path "no"\npath "${one}" { }\npath "${two}" {}`)).to.include.members(paths);
        expect(
            policyPaths(JSON.stringify({ path: { "auth/kubernetes/role/*": {}, "secret/data/x": {} } })),
        ).to.deep.equal(paths);
        expect(
            policyPaths(JSON.stringify({ path: [{ "auth/kubernetes/role/*": {} }, { "secret/data/x": {} }] })),
        ).to.deep.equal(paths);
        expect(policyPaths("{}")).to.deep.equal([]);
    });

    const mount = "auth/kubernetes";
    for (const path of [
        "*",
        "auth/*",
        "auth/kube*",
        "auth/+/role/x",
        "+/kubernetes/role",
        "auth/kubernetes/*",
        "auth/kubernetes/role/x",
        "auth/kubernetes*",
    ]) {
        it(`reaches into ${mount} by ${path}`, () => {
            expect(reaches(path, mount)).to.equal(true);
        });
    }
    for (const path of [
        "auth",
        "auth/kubernetes",
        "auth/kubernetes2/role/x",
        "auth/token/*",
        "sys/*",
        "+",
        "auth/+",
        "secret/auth/kubernetes/x",
    ]) {
        it(`does not reach into ${mount} by ${path}`, () => {
            expect(reaches(path, mount)).to.equal(false);
        });
    }
});
