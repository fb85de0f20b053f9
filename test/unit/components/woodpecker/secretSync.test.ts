import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { renderPolicy } from "../../../../components/vault/policy.js";
import { mappingText, syncCronJobSpec } from "../../../../components/woodpecker/syncCronJob.js";
import { syncNetworkPolicySpec } from "../../../../components/woodpecker/syncNetworkPolicy.js";
import { syncRules } from "../../../../components/woodpecker/syncPolicy.js";
import { parseSettings } from "../../../../config/parse.js";
import { SettingsError } from "../../../../config/problems.js";
import { syncSettings } from "../../../../jobs/secret-sync/settings.js";
import { rawSettings } from "../../../support/settings.js";
import { expectNothingButAToken } from "../../../support/vaultPod.js";

const parsed = (secretSync: object, changes: object = {}) =>
    parseSettings(rawSettings({ apps: {}, secretSync, ...changes })).secretSync;

function settings(block: object = {}) {
    const sync = parsed(block);
    if (!sync) throw new Error("no sync");
    return sync;
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

const spec = (block?: object) => syncCronJobSpec({ sync: settings(block), image: "node:24", programHash: "abc" });
const pod = (block?: object) => spec(block).jobTemplate.spec.template.spec;

describe("the settings of the secret sync", () => {
    it("are complete with nothing said", () => {
        expect(settings()).to.deep.include({ namespace: "woodpecker", schedule: "0 */6 * * *", pruneLimit: 10 });
        expect(settings().mapping.entries[0]).to.deep.include({ path: "ci/global", target: "global" });
    });

    it("keep Woodpecker's token away from what is copied", () => {
        const woodpeckerToken = { path: "ci/global", key: "woodpecker_api_token" };
        expect(problems({ woodpeckerToken })).to.deep.equal([
            'cicd:secretSync.woodpeckerToken.path: "ci/global" is copied by the mapping; keep it on a path of its own',
        ]);
    });

    it("need Vault and Woodpecker", () => {
        expect(problems({}, { woodpecker: undefined })).to.include(
            "cicd:secretSync: needs cicd:woodpecker, which is switched off",
        );
    });

    it("name what is wrong in the mapping", () => {
        expect(problems({ mapping: { entries: [{ path: "ci/global", events: ["deploy"] }] } }).join()).to.match(
            /^cicd:secretSync.mapping.entries.0.events.0: "deploy" is not one of "push"/,
        );
        expect(problems({ mapping: { entries: [{ path: "ci/global", target: "everyone" }] } }).join()).to.contain(
            'cicd:secretSync.mapping.entries.0.target: "everyone" is not',
        );
        expect(problems({ pruneLimit: "many" }).join()).to.contain('is neither a number nor a share such as "25%"');
    });
});

describe("the CronJob of the secret sync", () => {
    it("never runs twice at once, never repeats a run, and ends", () => {
        expect(spec()).to.include({ schedule: "0 */6 * * *", concurrencyPolicy: "Forbid" });
        expect(spec().jobTemplate.spec).to.deep.include({ backoffLimit: 0, activeDeadlineSeconds: 360 });
    });

    it("gives the pod no right in the cluster and one secret: ten minutes of a token for Vault alone", () => {
        expectNothingButAToken(pod(), "secret-sync", "vault-secret-sync");
    });

    it("speaks the program's own language", () => {
        const directory = mkdtempSync(join(tmpdir(), "sync-"));
        try {
            const block = {
                mapping: { entries: [{ path: "ci/team", target: { organization: "acme" } }] },
                pruneLimit: "25%",
                pushgatewayUrl: "http://push.example.org",
            };
            writeFileSync(join(directory, "token"), "jwt\n");
            writeFileSync(join(directory, "mapping.json"), mappingText(settings(block)));
            const variables = Object.fromEntries(
                (pod(block).containers[0]?.env ?? []).map(({ name, value }) => [name, value]),
            );
            const read = syncSettings([], {
                ...variables,
                VAULT_JWT_FILE: join(directory, "token"),
                MAPPING_FILE: join(directory, "mapping.json"),
            });
            expect(read).to.deep.include({
                mode: "apply",
                mapping: settings(block).mapping,
                pruneLimit: { percent: 25 },
                fingerprintKey: { path: "ci/secret-sync", key: "fingerprint-key" },
                deadlineSeconds: 300,
            });
            expect(read.vault.credential).to.deep.equal({ mount: "kubernetes", role: "secret-sync", jwt: "jwt" });
        } finally {
            rmSync(directory, { recursive: true });
        }
    });
});

describe("what the secret sync may do", () => {
    it("is to read exactly its paths, and to end its token", () => {
        const entries = [{ path: "ci/global" }, { path: "ci/team", key: "a" }, { path: "ci/team", key: "b" }];
        expect(renderPolicy(syncRules(settings({ mapping: { entries } })))).to.equal(
            [
                'path "auth/token/revoke-self" {\n  capabilities = ["update"]\n}\n',
                ...["ci/global", "ci/secret-sync", "ci/team"].map(
                    (path) => `path "secret/data/${path}" {\n  capabilities = ["read"]\n}\n`,
                ),
            ].join("\n"),
        );
    });

    it("is to reach Vault, Woodpecker, the Pushgateway and a name server, and nothing else", () => {
        const networkPolicy = {
            vault: { cidr: "10.0.20.5/32", port: 8200 },
            woodpecker: { namespace: "woodpecker", labels: { app: "server" }, port: 8000 },
            pushgateway: { namespace: "monitoring", port: 9091 },
        };
        const reach = settings({ networkPolicy }).networkPolicy;
        if (!reach) throw new Error("no policy");
        const { egress, policyTypes } = syncNetworkPolicySpec(reach);
        expect(policyTypes).to.deep.equal(["Ingress", "Egress"]);
        expect(egress.map(({ to, ports }) => ({ to, port: ports[0]?.port }))).to.deep.equal([
            {
                to: [
                    {
                        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
                        podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
                    },
                ],
                port: 53,
            },
            { to: [{ ipBlock: { cidr: "10.0.20.5/32" } }], port: 8200 },
            {
                to: [
                    {
                        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "woodpecker" } },
                        podSelector: { matchLabels: { app: "server" } },
                    },
                ],
                port: 8000,
            },
            {
                to: [
                    {
                        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } },
                        podSelector: { matchLabels: {} },
                    },
                ],
                port: 9091,
            },
        ]);
    });

    it("must say where the Pushgateway is, when there is one", () => {
        const networkPolicy = { vault: { cidr: "10.0.0.1/32", port: 1 }, woodpecker: { cidr: "10.0.0.1/32", port: 2 } };
        expect(problems({ networkPolicy, pushgatewayUrl: "http://push.example.org" }).join()).to.contain(
            "does not say where the Pushgateway is",
        );
    });
});
