import { expect } from "chai";
import fc from "fast-check";
import { renderPolicy } from "../../../components/vault/policy.js";
import { coversMount } from "../../../config/vaultPath.js";
import { vaultPolicyNarrow } from "../../../policies/checks/vaultPolicyNarrow.js";
import { vaultRoleBound } from "../../../policies/checks/vaultRoleBound.js";
import { vaultTokenShort } from "../../../policies/checks/vaultTokenShort.js";
import { unknownYet } from "../../../policies/lib/resource.js";
import { parseVaultPolicy } from "../../../policies/lib/vaultPolicy.js";
import { messages, resource } from "../../support/policies.js";

const authRole = (changes: object = {}) =>
    resource("vault:kubernetes/authBackendRole:AuthBackendRole", {
        boundServiceAccountNames: ["deployer"],
        boundServiceAccountNamespaces: ["woodpecker"],
        audience: "https://kubernetes.default.svc",
        tokenTtl: 900,
        tokenMaxTtl: 1800,
        ...changes,
    });
const secretRole = (changes: object = {}) =>
    resource("vault:kubernetes/secretBackendRole:SecretBackendRole", {
        allowedKubernetesNamespaces: ["website"],
        tokenDefaultTtl: 600,
        tokenMaxTtl: 600,
        ...changes,
    });

describe("vault-role-is-bound", () => {
    it("takes roles that name who may use them", () => {
        expect(messages(vaultRoleBound, authRole())).to.deep.equal([]);
        expect(messages(vaultRoleBound, secretRole())).to.deep.equal([]);
        expect(messages(vaultRoleBound, authRole({ boundServiceAccountNames: unknownYet }))).to.deep.equal([]);
    });
    for (const changes of [
        { boundServiceAccountNames: ["*"] },
        { boundServiceAccountNames: ["deploy-*"] },
        { boundServiceAccountNamespaces: ["*"] },
        { boundServiceAccountNamespaces: [] },
        { audience: undefined },
        { audience: "" },
        { boundServiceAccountNamespaceSelector: "{}" },
        { tokenPolicies: ["root"] },
        { tokenPolicies: ["website", " Root"] },
    ]) {
        it(`stops ${JSON.stringify(changes)}`, () => {
            expect(messages(vaultRoleBound, authRole(changes))).to.have.length(1);
        });
    }
    it("stops roles of the secrets engine for every namespace, and JWT roles for everybody", () => {
        expect(messages(vaultRoleBound, secretRole({ allowedKubernetesNamespaces: ["*"] }))).to.have.length(1);
        const jwt = (changes: object) => resource("vault:jwt/authBackendRole:AuthBackendRole", { ...changes });
        expect(messages(vaultRoleBound, jwt({}))).to.have.length(2);
        const bound = { boundAudiences: ["x"], boundSubject: "y" };
        expect(messages(vaultRoleBound, jwt(bound))).to.deep.equal([]);
        expect(messages(vaultRoleBound, jwt({ ...bound, tokenPolicies: ["root"] }))).to.have.length(1);
    });
});

describe("vault-token-is-short-lived", () => {
    it("takes half an hour and what is not known yet", () => {
        expect(messages(vaultTokenShort, authRole())).to.deep.equal([]);
        expect(messages(vaultTokenShort, authRole({ tokenTtl: unknownYet }))).to.deep.equal([]);
        expect(messages(vaultTokenShort, secretRole())).to.deep.equal([]);
    });
    for (const changes of [{ tokenTtl: 1801 }, { tokenMaxTtl: 0 }, { tokenMaxTtl: undefined }, { tokenPeriod: 60 }]) {
        it(`stops ${JSON.stringify(changes)}`, () => {
            expect(messages(vaultTokenShort, authRole(changes))).to.have.length(1);
        });
    }
    it("stops a secrets engine's long tokens and any other login method's", () => {
        expect(messages(vaultTokenShort, secretRole({ tokenDefaultTtl: 86_400 }))).to.have.length(1);
        expect(messages(vaultTokenShort, resource("vault:appRole/authBackendRole:AuthBackendRole", {}))).to.have.length(
            2,
        );
    });
});

describe("vault-policy-is-narrow", () => {
    const policy = (text: string) =>
        messages(vaultPolicyNarrow, resource("vault:index/policy:Policy", { policy: text }));
    const path = (name: string, capability = "read") => policy(`path "${name}" { capabilities = ["${capability}"] }`);

    for (const name of [
        "secret/data/ci/website",
        "secret/data/ci/*",
        "secret/data/ci*",
        "kubernetes/creds/website-deployer",
        "auth/token/revoke-self",
        "secret/metadata/",
        "kv/team/data/ci/*",
        "secret/data/ci/config/*",
        "transit/encrypt/sops-state-*",
        "sys/policies/acl/*",
    ]) {
        it(`takes ${name}`, () => expect(path(name)).to.deep.equal([]));
    }
    for (const name of [
        "*",
        "secret/*",
        "secret/data/*",
        "secret/da*",
        "secret/metadata/+",
        "secret/+/ci",
        "+/data/ci",
        "kubernetes/creds/*",
        "auth/*",
        "auth/kubernetes/*",
        "auth/kubernetes/role/*",
        "sys/*",
        "kv/team/data/*",
        "kv/team/da*",
        "kv/config/metadata/+",
        "team/kubernetes/creds/*",
        "auth/team/kubernetes/role/*",
    ]) {
        it(`stops ${name}`, () => expect(path(name)).to.deep.equal([`path "${name}" covers a whole mount`]));
    }
    it("stops whoever may write any policy or mount, and lets him who reads them", () => {
        for (const name of ["sys/policies/acl/*", "sys/mounts/+", "sys/auth/team/*"]) {
            expect(path(name, "update").join()).to.include("lets more of Vault itself be changed than it names");
            expect(path(name, "list")).to.deep.equal([]);
        }
        expect(path("sys/policies/acl/ci", "create")).to.deep.equal([]);
    });
    it("calls the same paths too wide that the stack config refuses", () => {
        const segment = fc.constantFrom("auth", "data", "config", "creds", "keys", "team", "da", "ci", "*", "+", "d*");
        fc.assert(
            fc.property(fc.array(segment, { minLength: 1, maxLength: 5 }), (segments) => {
                const name = segments.join("/");
                expect(path(name).length > 0, name).to.equal(coversMount(name));
            }),
        );
    });
    it("stops sudo, lets a whole mount be denied, and stops what it cannot read", () => {
        expect(path("sys/policies/acl/ci", "sudo")).to.have.length(1);
        expect(path("secret/*", "deny")).to.deep.equal([]);
        expect(policy('path "secret/data/x" {')).to.deep.equal(["the text of the policy cannot be read"]);
        expect(policy("something else")).to.have.length(1);
    });
    it("reads comments, JSON, and rules from before there were capabilities", () => {
        expect(
            policy('# path "secret/*" {}\n/* and */ path "secret/data/x" { // so\n capabilities = [ "read", ] }'),
        ).to.deep.equal([]);
        expect(policy('{"path": {"secret/*": {"capabilities": ["read"]}}}')).to.have.length(1);
        expect(policy('path "secret/*" { policy = "read" }')).to.have.length(1);
        expect(
            policy('path "a/b/c" { capabilities = ["read"] allowed_parameters = { "*" = [] } }\npath "a/*" {}'),
        ).to.have.length(1);
    });
    it("reads back every policy that the stack writes", () => {
        const segment = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
        const rule = fc.record({
            path: fc.array(segment, { minLength: 3, maxLength: 5 }).map((parts) => parts.join("/")),
            capabilities: fc.uniqueArray(fc.constantFrom("read", "update", "list"), { minLength: 1 }),
        });
        fc.assert(
            fc.property(fc.uniqueArray(rule, { selector: (r) => r.path, minLength: 1 }), (rules) => {
                const sorted = rules
                    .map((r) => ({ ...r, capabilities: [...r.capabilities].sort() }))
                    .sort((a, b) => (a.path < b.path ? -1 : 1));
                expect(parseVaultPolicy(renderPolicy(rules as never))).to.deep.equal(sorted);
            }),
        );
    });
});
