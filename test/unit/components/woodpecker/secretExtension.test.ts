import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect } from "chai";
import { renderPolicy } from "../../../../components/vault/policy.js";
import {
    extensionDeploymentSpec,
    extensionEndpoint,
    extensionFiles,
} from "../../../../components/woodpecker/extensionDeployment.js";
import { extensionNetworkPolicySpec } from "../../../../components/woodpecker/extensionNetworkPolicy.js";
import { extensionRules } from "../../../../components/woodpecker/secretExtension.js";
import { parseSettings } from "../../../../config/parse.js";
import { SettingsError } from "../../../../config/problems.js";
import { extensionSettings } from "../../../../jobs/secret-extension/settings.js";
import { rawSettings } from "../../../support/settings.js";
import { expectNothingButAToken } from "../../../support/vaultPod.js";

const allow = [{ repositories: ["acme/*"] }];
const KEY =
    "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw=\n-----END PUBLIC KEY-----\n";

const parsed = (secretExtension: object, changes: object = {}) =>
    parseSettings(rawSettings({ apps: {}, secretExtension, ...changes })).secretExtension;

function settings(block: object = {}, changes: object = {}) {
    const extension = parsed({ allow, ...block }, changes);
    if (!extension) throw new Error("no extension");
    return extension;
}

function problems(block: object, changes: object = {}): readonly string[] {
    try {
        parsed(block, changes);
    } catch (error) {
        if (error instanceof SettingsError) return error.problems;
        throw error;
    }
    return [];
}

function spec(block: object = {}) {
    const extension = settings(block);
    return extensionDeploymentSpec(extension, "node:24", extensionFiles(extension, "console.log()"));
}
const pod = (block?: object) => spec(block).template.spec;

describe("the settings of the secret extension", () => {
    it("are off when nothing is said, and need to be told who gets secrets", () => {
        expect(parseSettings(rawSettings({ apps: {} })).secretExtension).to.equal(undefined);
        expect(problems({}).join()).to.contain("cicd:secretExtension.allow");
        expect(problems({ allow: [{ repositories: ["*"] }] }).join()).to.contain("is neither owner/name nor owner/*");
    });

    it("take the sync's mapping, where there is one", () => {
        const mapping = { entries: [{ path: "ci/team" }] };
        expect(settings({}, { secretSync: { mapping } }).mapping.entries[0]?.path).to.equal("ci/team");
        expect(settings().mapping.entries[0]).to.include({ path: "ci/global", target: "global" });
        expect(
            settings({ mapping: { entries: [{ path: "ci/own" }] } }, { secretSync: {} }).mapping.entries,
        ).to.have.lengthOf(1);
    });

    it("never serve the sync's own secrets, and need Vault and Woodpecker", () => {
        const mapping = { entries: [{ path: "ci/secret-sync" }] };
        expect(problems({ allow, mapping }, { secretSync: {} })).to.deep.equal([
            'cicd:secretExtension.mapping: serves "ci/secret-sync", which is the secret sync\'s own',
        ]);
        expect(problems({ allow }, { vault: undefined }).join()).to.contain("cicd:secretExtension: needs cicd:vault");
        expect(problems({ allow, publicKey: "no key" }).join()).to.contain("is not an Ed25519 public key in PEM");
    });
});

describe("the Deployment of the secret extension", () => {
    it("is two pods on two nodes, and never fewer while it changes", () => {
        expect(spec()).to.deep.include({ replicas: 2 });
        expect(spec().strategy.rollingUpdate).to.deep.equal({ maxSurge: 1, maxUnavailable: 0 });
        expect(pod().topologySpreadConstraints[0]).to.include({ topologyKey: "kubernetes.io/hostname" });
    });

    it("is renewed with its program, its mapping and its allow-list", () => {
        const hash = (block?: object) => spec(block).template.metadata.annotations["cicd/files-hash"];
        expect(hash()).to.equal(hash());
        expect(hash({ allow: [{ repositories: ["acme/website"] }] })).not.to.equal(hash());
        expect(hash({ mapping: { entries: [{ path: "ci/other" }] } })).not.to.equal(hash());
    });

    it("is looked at by the kubelet, on the port without secrets", () => {
        const [container] = pod().containers;
        expect(container?.readinessProbe.httpGet).to.deep.equal({ path: "/readyz", port: "monitor" });
        expect(container?.livenessProbe.httpGet).to.deep.equal({ path: "/healthz", port: "monitor" });
        expect(container?.startupProbe.failureThreshold).to.equal(30);
    });

    it("has no right in the cluster and one secret: ten minutes of a token for Vault alone", () => {
        expectNothingButAToken(pod(), "secret-extension", "vault-secret-extension");
    });

    it("speaks the program's own language", () => {
        const directory = mkdtempSync(join(tmpdir(), "extension-"));
        try {
            const block = { mapping: { entries: [{ path: "ci/team" }] }, publicKey: KEY, cacheSeconds: 5 };
            const extension = settings(block);
            for (const [name, text] of Object.entries(extensionFiles(extension, "")))
                writeFileSync(join(directory, name), text);
            writeFileSync(join(directory, "token"), "jwt\n");
            const variables = (pod(block).containers[0]?.env ?? []).map(({ name, value }) => [
                name,
                name.endsWith("_FILE") ? join(directory, basename(value)) : value,
            ]);
            const read = extensionSettings([], Object.fromEntries(variables));
            expect(read).to.deep.include({ mapping: extension.mapping, allow: extension.allow, cacheSeconds: 5 });
            expect(read.listen).to.deep.equal({ port: 8080 });
            expect(read.vault.credential()).to.deep.equal({
                mount: "kubernetes",
                role: "secret-extension",
                jwt: "jwt",
            });
            // The kubelet has put another token there.
            writeFileSync(join(directory, "token"), "next\n");
            expect(read.vault.credential()).to.include({ jwt: "next" });
        } finally {
            rmSync(directory, { recursive: true });
        }
    });

    it("is found by Woodpecker's server at one address", () => {
        expect(extensionEndpoint(settings())).to.equal("http://secret-extension.woodpecker.svc:8080/secrets");
        const secure = { tlsSecret: "extension-tls", namespace: "ci" };
        expect(extensionEndpoint(settings(secure))).to.equal("https://secret-extension.ci.svc:8080/secrets");
        expect(JSON.stringify(pod(secure).volumes)).to.contain('"secretName":"extension-tls"');
    });
});

describe("what the secret extension may do", () => {
    it("is to read exactly its paths, and to end its token", () => {
        const entries = [{ path: "ci/global" }, { path: "ci/team", key: "a" }, { path: "ci/team", key: "b" }];
        expect(renderPolicy(extensionRules(settings({ mapping: { entries } })))).to.equal(
            [
                'path "auth/token/revoke-self" {\n  capabilities = ["update"]\n}\n',
                ...["ci/global", "ci/team"].map(
                    (path) => `path "secret/data/${path}" {\n  capabilities = ["read"]\n}\n`,
                ),
            ].join("\n"),
        );
    });

    it("is to be asked by Woodpecker and Prometheus, and to reach Vault, Woodpecker and names", () => {
        const networkPolicy = {
            vault: { cidr: "10.0.20.5/32", port: 8200 },
            woodpecker: { namespace: "woodpecker", labels: { app: "server" }, port: 8000 },
            prometheus: { namespace: "monitoring" },
        };
        const reach = settings({ networkPolicy }).networkPolicy;
        if (!reach) throw new Error("no policy");
        const { ingress, egress } = extensionNetworkPolicySpec(reach);
        const places = (rules: readonly object[]) =>
            rules.map((rule) =>
                /"(?:kubernetes.io\/metadata.name|cidr)":"([^"]+)".*"port":(\d+)/.exec(JSON.stringify(rule))?.slice(1),
            );
        expect(places(ingress)).to.deep.equal([
            ["woodpecker", "8080"],
            ["monitoring", "8081"],
        ]);
        expect(places(egress)).to.deep.equal([
            ["kube-system", "53"],
            ["10.0.20.5/32", "8200"],
            ["woodpecker", "8000"],
        ]);
    });
});
