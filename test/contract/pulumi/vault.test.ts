import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";
import { expect } from "chai";
import { endsWith } from "../../support/outcome.js";
import { deadAddress, Engine, uniqueName } from "./engine.js";
import { VaultServer } from "./vaultServer.js";

const reviewerToken = "planted-reviewer-token";
const secretValue = "planted-secret-value";

describe("vault plugin", function () {
    this.timeout(180_000);
    const server = new VaultServer();
    const id = uniqueName("vault");
    const provider = () =>
        new vault.Provider("vault", {
            address: server.address,
            skipChildToken: true,
            vaultVersionOverride: "1.19.0",
        });
    const policyText = 'path "secret/data/website" { capabilities = ["read"] }\n';

    const program =
        (settings: { policy?: string; policyName?: string } = {}) =>
        async () => {
            const opts = { provider: provider() };
            const method = new vault.AuthBackend(
                "method",
                { type: "kubernetes", path: `${id}-auth`, description: "d" },
                opts,
            );
            const config = new vault.kubernetes.AuthBackendConfig(
                "config",
                {
                    backend: method.path,
                    kubernetesHost: "https://127.0.0.1:1",
                    kubernetesCaCert: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
                    disableLocalCaJwt: true,
                    tokenReviewerJwt: reviewerToken,
                },
                opts,
            );
            const policy = new vault.Policy(
                "policy",
                { name: settings.policyName ?? `${id}-policy`, policy: settings.policy ?? policyText },
                opts,
            );
            new vault.kubernetes.AuthBackendRole(
                "role",
                {
                    backend: config.backend.apply((backend) => backend ?? ""),
                    roleName: "deployer",
                    boundServiceAccountNames: ["woodpecker", "another"],
                    boundServiceAccountNamespaces: ["woodpecker"],
                    audience: "cluster",
                    tokenPolicies: [policy.name],
                    tokenNoDefaultPolicy: true,
                    tokenTtl: 900,
                },
                opts,
            );
            const engine = new vault.kubernetes.SecretBackend(
                "engine",
                {
                    path: `${id}-kubernetes`,
                    kubernetesHost: "https://127.0.0.1:1",
                    disableLocalCaJwt: true,
                    serviceAccountJwt: reviewerToken,
                },
                opts,
            );
            new vault.kubernetes.SecretBackendRole(
                "engine-role",
                {
                    backend: engine.path,
                    name: "website-deployer",
                    allowedKubernetesNamespaces: ["website"],
                    serviceAccountName: "cicd-deployer",
                    tokenDefaultTtl: 600,
                    tokenMaxTtl: 600,
                },
                opts,
            );
            const mount = new vault.Mount("mount", { path: `${id}-kv`, type: "kv-v2" }, opts);
            const secret = new vault.kv.SecretV2(
                "secret",
                { mount: mount.path, name: "ci/global", dataJson: JSON.stringify({ webhook: secretValue }) },
                opts,
            );
            const { data } = vault.kv.getSecretV2Output({ mount: mount.path, name: secret.name }, opts);
            return { data: pulumi.secret(data) };
        };

    let engine: Engine;
    let inventory: string[];
    before(async () => {
        inventory = await server.inventory();
        engine = await Engine.start(program());
    });
    after(async () => {
        await engine.stop();
        expect(await server.inventory(), "destroy leaves Vault as it was").to.deep.equal(inventory);
    });

    it("creates everything, and finds nothing to do afterwards, neither in the state nor in Vault", async () => {
        const created = await engine.up();
        expect(created.exitCode, created.text).to.equal(0);
        expect(created.outputs.data).to.deep.equal({ webhook: secretValue });
        expect(await server.read(`auth/${id}-auth/role/deployer`)).to.include({ token_ttl: 900, audience: "cluster" });

        await endsWith(0, engine.preview());
        const drift = await engine.drift();
        expect(drift.exitCode, drift.text).to.equal(0);
    });

    it("keeps secrets encrypted in state, history and backups", () => {
        const { stored } = engine;
        expect(stored).to.include(`${id}-auth`);
        expect(stored).to.not.include(reviewerToken);
        expect(stored).to.not.include(secretValue);
    });

    it("sees edits behind its back, names the resources and mends them", async () => {
        await server.write(`sys/policies/acl/${id}-policy`, { policy: 'path "*" { capabilities = ["sudo"] }' });
        await server.write(`auth/${id}-auth/role/deployer`, {
            bound_service_account_names: "woodpecker,another,intruder",
            token_max_ttl: 86400,
        });
        await server.write(`${id}-kubernetes/roles/website-deployer`, { allowed_kubernetes_namespaces: ["*"] });

        const drift = await engine.drift();
        expect(drift.exitCode).to.equal(7);
        expect(drift.changes).to.deep.equal({ policy: "update", role: "update", "engine-role": "update" });

        await endsWith(0, engine.up({ refresh: true }));
        const role = await server.read(`auth/${id}-auth/role/deployer`);
        expect(role?.bound_service_account_names).to.have.members(["woodpecker", "another"]);
        expect(role?.token_max_ttl, "unset in the program").to.equal(0);
        expect((await server.read(`sys/policies/acl/${id}-policy`))?.policy).to.equal(policyText);
        await endsWith(0, engine.drift());
    });

    it("creates again what was deleted", async () => {
        await server.delete(`sys/policies/acl/${id}-policy`);
        await server.delete(`auth/${id}-auth/role/deployer`);
        const drift = await engine.drift();
        expect(drift.exitCode).to.equal(7);
        expect(drift.changes).to.deep.equal({ policy: "create", role: "create" });
        await endsWith(0, engine.up({ refresh: true }));
        await endsWith(0, engine.drift());
    });

    it("does not see another value in a key/value secret", async () => {
        await server.write(`${id}-kv/data/ci/global`, { data: { webhook: "somebody else's" } });
        await endsWith(0, engine.drift());
    });

    it("changes a policy's text in place, and replaces it for another name", async () => {
        engine.program = program({ policy: `${policyText}# more\n` });
        expect((await engine.preview()).changes).to.deep.equal({ policy: "update" });
        engine.program = program({ policyName: `${id}-renamed` });
        const { changes } = await engine.preview();
        expect(changes.policy).to.be.oneOf(["replace", "create-replacement", "delete-replaced"]);
        engine.program = program();
    });

    it("does not mark what getSecretV2 returns as secret", async () => {
        const reader = await Engine.start(async () => ({
            data: vault.kv.getSecretV2Output({ mount: `${id}-kv`, name: "ci/global" }, { provider: provider() }).data,
        }));
        try {
            expect((await reader.up()).text).to.include("somebody else's");
        } finally {
            await reader.stop();
        }
    });

    it("takes over an existing policy without a word, but not an existing mount", async () => {
        const other = await Engine.start(async () => {
            const opts = { provider: provider() };
            new vault.Policy("policy", { name: `${id}-policy`, policy: policyText }, { ...opts, retainOnDelete: true });
            new vault.Mount("mount", { path: `${id}-kv`, type: "kv-v2" }, opts);
        });
        try {
            const { exitCode, text } = await other.up();
            expect(exitCode).to.not.equal(0);
            expect(text, text).to.include(`path is already in use at ${id}-kv`);
        } finally {
            await other.stop();
        }
    });

    it("imports mounts that are there and changes what differs in the same run, but no engine without configuration", async () => {
        const [method, mount] = [`${id}-there-auth`, `${id}-there-engine`];
        await server.write(`sys/auth/${method}`, { type: "kubernetes", description: "by hand" });
        await server.write(`sys/mounts/${mount}`, { type: "kubernetes" });
        const other = await Engine.start(async () => {
            const opts = { provider: provider() };
            const description = "declared";
            new vault.AuthBackend(
                "method",
                { type: "kubernetes", path: method, description },
                { ...opts, import: method },
            );
            new vault.kubernetes.SecretBackend(
                "engine",
                { path: mount, kubernetesHost: "https://127.0.0.1:1", disableLocalCaJwt: true, description },
                { ...opts, import: mount },
            );
        });
        try {
            const refused = await other.up();
            expect(refused.exitCode).to.not.equal(0);
            expect(refused.text).to.include(`resource '${mount}' does not exist`);

            const elsewhere = { kubernetes_host: "https://127.0.0.1:2", disable_local_ca_jwt: true };
            await server.write(`${mount}/config`, elsewhere);
            const taken = await other.up();
            expect(taken.exitCode, taken.text).to.equal(0);
            expect(await server.read(`${mount}/config`)).to.include({ kubernetes_host: "https://127.0.0.1:1" });
            const methods = (await server.read("sys/auth")) as Record<string, { description: string }>;
            expect(methods[`${method}/`]?.description).to.equal("declared");
            const drift = await other.drift();
            expect(drift.exitCode, drift.text).to.equal(0);
        } finally {
            await other.stop();
        }
    });

    it("fails once, with the address, when Vault does not answer", async () => {
        const address = await deadAddress();
        const lost = await Engine.start(async () => {
            const provider = new vault.Provider("vault", {
                address: `http://${address}`,
                skipChildToken: true,
                maxRetries: 0,
            });
            new vault.Policy("policy", { name: id, policy: policyText }, { provider });
        });
        try {
            const { exitCode, text } = await lost.up();
            expect(exitCode).to.not.equal(0);
            expect(text).to.include(address);
        } finally {
            await lost.stop();
        }
    });
});
