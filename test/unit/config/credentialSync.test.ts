import { expect } from "chai";
import { parseSettings } from "../../../config/parse.js";
import { problemsOf, rawSettings } from "../../support/settings.js";

const registry = (...hosts: string[]) => ({
    hosts,
    username: { path: "ci/registry", key: "username" },
    password: { path: "ci/registry", key: "password" },
});
const raw = (block: object, more: object = {}) =>
    rawSettings({ credentialSync: { registries: [registry("registry.example.org")], ...block }, ...more });
const parse = (block: object, more?: object) => parseSettings(raw(block, more));
const problems = (block: object, more?: object) => problemsOf(raw(block, more));

describe("cicd:credentialSync", () => {
    it("needs nothing but the registries", () => {
        expect(parse({}).credentialSync).to.deep.include({
            sourceNamespace: "registry-credentials",
            secretName: "registry-credentials",
            excludedNamespaces: ["kube-node-lease", "kube-public", "kube-system"],
            api: "ClusterPolicy",
        });
    });

    it("takes no source that Kyverno does not watch, or that is excluded", () => {
        expect(problems({ sourceNamespace: "kyverno" })).to.deep.equal([
            'cicd:credentialSync.sourceNamespace: "kyverno" is one that Kyverno does not watch, so that no rotation would be seen; name another',
        ]);
        expect(problems({ sourceNamespace: "web", excludedNamespaces: ["web"] })).to.deep.equal([
            'cicd:credentialSync.sourceNamespace: "web" is among excludedNamespaces; name one of its own, it gets no copy anyway',
        ]);
    });

    it("takes hosts as image names have them, each once", () => {
        const bad = ["https://registry.example.org", "registry.example.org/team", "user@registry.example.org", "A.org"];
        for (const host of bad) {
            expect(problems({ registries: [registry(host)] }).join()).to.match(
                /^cicd:credentialSync.registries.0.hosts.0: ".*" is not a registry's host as image names have it/,
            );
        }
        expect(
            problems({ registries: [registry("a.org:5000", "10.0.20.10:5050"), registry("a.org:5000")] }),
        ).to.deep.equal(['cicd:credentialSync.registries.1.hosts.0: "a.org:5000" is named by registries.0 already']);
    });

    it("keeps the policy's name within a label", () => {
        expect(problems({ secretName: "a".repeat(59) })).to.have.lengthOf(1);
        expect(problems({ secretName: "a".repeat(58) })).to.deep.equal([]);
    });

    it("needs Vault, and paths below its mount", () => {
        const alone = { vault: undefined, apps: {}, credentials: {} };
        expect(problems({}, alone)).to.include(
            "cicd:credentialSync.registries.0.username: needs cicd:vault, which is switched off",
        );
        const registries = [{ ...registry("a.org"), username: { path: "secret/ci/registry", key: "username" } }];
        expect(problems({ registries })).to.deep.equal([
            'cicd:credentialSync.registries.0.username.path: "secret/ci/registry" is a path below the mount "secret"; leave "secret/" off',
        ]);
    });

    it("adds its Secret to those that the drift job reads", () => {
        const { drift } = parse({ secretName: "pull-secret" }, { drift: {} });
        expect(drift?.secrets).to.include("pull-secret");
    });

    it("knows the namespaces that the program makes itself", () => {
        const probe = { registryUrl: "https://registry.example.org", createNamespace: true };
        expect(parse({}, { integrityProbe: probe }).credentialSync?.ownNamespaces).to.deep.equal([
            "monitoring",
            "registry-credentials",
        ]);
    });
});
