import { expect } from "chai";
import fc from "fast-check";
import { parseSettings } from "../../../config/parse.js";
import { anyInfra, rawInfra, withPipeline } from "../../support/infraSettings.js";
import { anyLabel, problemsOf, type RawSettings, rawSettings } from "../../support/settings.js";

const store = { path: "ci/x", key: "y" };
const pipelines = "cicd:infra.pipelines";

/** Text with something in it that none of these fields may hold. */
const unsafe = fc
    .tuple(fc.constantFrom("$(id)", "`id`", "a b;", "a: b", "#", '"', "'", "\n", "\\", "é", "../", "${X}"), fc.string())
    .map(([bad, rest]) => bad + rest);

/** Each field that ends in a file, a shell or a path of Vault, and a config in which it is `value`. */
const fields: readonly [key: string, config: (value: string) => RawSettings][] = [
    ["cicd:infra.repository", (repository) => rawInfra({ repository })],
    ["cicd:infra.branch", (branch) => rawInfra({ branch })],
    ["cicd:infra.timezone", (timezone) => rawInfra({ timezone })],
    ["cicd:infra.tools", (tools) => rawInfra({ tools })],
    ["cicd:infra.gitCryptKey.path", (path) => rawInfra({ gitCryptKey: { ...store, path } })],
    ["cicd:infra.push.url", (url) => rawInfra({ push: { url, knownHosts: ["h ssh-rsa AAAA"], key: store } })],
    [
        "cicd:infra.push.knownHosts.0",
        (line) => rawInfra({ push: { url: "git@h:a/b.git", knownHosts: [line], key: store } }),
    ],
    [`${pipelines}.default.stacksDirectory`, (v) => withPipeline("default", { stacksDirectory: v })],
    [`${pipelines}.default.platform.0`, (v) => withPipeline("default", { platform: [v] })],
    [`${pipelines}.default.globalPaths.0`, (v) => withPipeline("default", { globalPaths: [v] })],
    [`${pipelines}.default.clusterRole`, (v) => withPipeline("default", { clusterRole: v })],
    [
        `${pipelines}.default.vault.0.path`,
        (path) => withPipeline("default", { vault: [{ path, capabilities: ["read"] }] }),
    ],
    [`${pipelines}.renew-tls.schedule`, (v) => withPipeline("renew-tls", { schedule: v })],
    [`${pipelines}.renew-tls.cron`, (v) => withPipeline("renew-tls", { cron: v })],
    [`${pipelines}.renew-tls.certificate`, (v) => withPipeline("renew-tls", { certificate: v })],
    [`${pipelines}.renew-tls.secret`, (v) => withPipeline("renew-tls", { secret: v })],
    [`${pipelines}.build-cli.image`, (v) => withPipeline("build-cli", { image: v })],
    [`${pipelines}.k8s-portal.app`, (v) => withPipeline("k8s-portal", { app: v })],
    [`${pipelines}.registry-config-sync.root`, (v) => withPipeline("registry-config-sync", { root: v })],
    [
        `${pipelines}.registry-config-sync.files.0.file`,
        (file) => withPipeline("registry-config-sync", { files: [{ file }] }),
    ],
    [
        `${pipelines}.pve-nfs-exports-sync.ssh.hostKey`,
        (hostKey) => withPipeline("pve-nfs-exports-sync", { ssh: { host: "h", hostKey, key: store } }),
    ],
    [
        `${pipelines}.pve-nfs-exports-sync.ssh.host`,
        (host) => withPipeline("pve-nfs-exports-sync", { ssh: { host, hostKey: "ssh-rsa AAAA", key: store } }),
    ],
    [`${pipelines}.postmortem-todos.script`, (v) => withPipeline("postmortem-todos", { script: v })],
    [`${pipelines}.drift-detection.backendUrl`, (v) => withPipeline("drift-detection", { backendUrl: v })],
    [`${pipelines}.drift-detection.stacks.0`, (v) => withPipeline("drift-detection", { stacks: [v] })],
    [`${pipelines}.issue-automation.url`, (v) => withPipeline("issue-automation", { url: v })],
];

describe("cicd:infra", () => {
    it("is taken over without loss, whatever it is allowed to hold", () => {
        fc.assert(
            fc.property(anyInfra, (raw) => {
                const { infra } = parseSettings(rawInfra(raw));
                expect(infra?.branch).to.equal(raw.branch);
                expect(infra?.pipelines).to.containSubset(JSON.parse(JSON.stringify(trimmed(raw.pipelines))));
            }),
            { numRuns: 50 },
        );
    });

    for (const [key, config] of fields) {
        it(`refuses in ${key.replace(/^cicd:infra\.(pipelines\.)?/, "")} what means something to a shell or a path, naming key and value`, () => {
            fc.assert(
                fc.property(unsafe, (value) => {
                    expect(problemsOf(config(value)).join("\n")).to.contain(`${key}: ${JSON.stringify(value)} is not `);
                }),
                { numRuns: 30 },
            );
        });
    }

    it("names everything that is wrong at once", () => {
        fc.assert(
            fc.property(fc.array(unsafe, { minLength: 4, maxLength: 4 }), ([a = "", b = "", c = "", d = ""]) => {
                const raw = withPipeline("registry-config-sync", { root: a, files: [{ file: b }] }, { tools: c });
                const text = problemsOf({ ...raw, registrations: { one: { repository: d } } }).join("\n");
                for (const [key, value] of [
                    [`${pipelines}.registry-config-sync.root`, a],
                    [`${pipelines}.registry-config-sync.files.0.file`, b],
                    ["cicd:infra.tools", c],
                    ["cicd:registrations.one.repository", d],
                ]) {
                    expect(text).to.contain(`${key}: ${JSON.stringify(value)} is not `);
                }
            }),
        );
    });

    const refused: readonly [what: string, raw: RawSettings, problem: string][] = [
        [
            "an unknown pipeline",
            rawInfra({ pipelines: { "renew-certs": {} } }),
            "cicd:infra.pipelines.renew-certs: unknown key; allowed are default, renew-tls, build-cli, build-ci-image, k8s-portal, registry-config-sync, pve-nfs-exports-sync, postmortem-todos, drift-detection, issue-automation, provision-user",
        ],
        [
            "a right on every secret",
            withPipeline("default", { vault: [{ path: "secret/data/*", capabilities: ["read"] }] }),
            `${pipelines}.default.vault.0.path: "secret/data/*" covers a whole mount: name the secret, or a folder of it`,
        ],
        [
            "a right on every secret of a mount with a longer path",
            withPipeline("default", { vault: [{ path: "kv/team/data/*", capabilities: ["read"] }] }),
            `${pipelines}.default.vault.0.path: "kv/team/data/*" covers a whole mount: name the secret, or a folder of it`,
        ],
        [
            "a right to write any policy",
            withPipeline("default", { vault: [{ path: "sys/policies/acl/*", capabilities: ["create", "update"] }] }),
            `${pipelines}.default.vault.0.path: "sys/policies/acl/*" covers more of Vault's own configuration than is known here: name each path below sys/`,
        ],
        [
            "a right that Vault does not know",
            withPipeline("default", { vault: [{ path: "secret/data/a", capabilities: ["sudo"] }] }),
            `${pipelines}.default.vault.0.capabilities.0: "sudo" is not one of "create", "read", "update", "delete", "list"`,
        ],
        [
            "an expression that is none",
            withPipeline("renew-tls", { skippedNamespaces: "^(kube" }),
            `${pipelines}.renew-tls.skippedNamespaces: "^(kube" is not a regular expression`,
        ],
        [
            "a backslash, which Woodpecker would eat",
            withPipeline("renew-tls", { skippedNamespaces: "^kube\\\\" }),
            `${pipelines}.renew-tls.skippedNamespaces: "^kube\\\\\\\\" is not text without backslashes and control characters`,
        ],
        [
            "a check that is more than a plain command",
            withPipeline("registry-config-sync", { check: "./check.sh; reboot" }),
            `${pipelines}.registry-config-sync.check: "./check.sh; reboot" is not a plain command`,
        ],
        [
            "two files under one name",
            withPipeline("registry-config-sync", { files: [{ file: "a" }, { file: "b", target: "a" }] }),
            `${pipelines}.registry-config-sync.files: [{"file":"a"},{"file":"b","target":"a"}] must not put two files under one name`,
        ],
        [
            "a file that the step itself uses",
            withPipeline("registry-config-sync", { files: [{ file: "a", target: ".plan" }] }),
            `${pipelines}.registry-config-sync.files.0: {"file":"a","target":".plan"} has a name on the VM that the step itself uses`,
        ],
        [
            "a pipeline that commits without a way back",
            rawInfra({
                push: undefined,
                pipelines: { "renew-tls": { schedule: "0 3 * * 0", script: "r", certificate: "c", privateKey: "k" } },
            }),
            `${pipelines}.renew-tls: commits to the repository, so it needs cicd:infra.push, which is missing`,
        ],
        [
            "a nightly look at drift that would forget every age",
            withPipeline("drift-detection", { history: undefined }),
            `${pipelines}.drift-detection: its clone is gone after a run, so it needs cicd:drift or ${pipelines}.drift-detection.history to know the age of a finding`,
        ],
        [
            "two pipelines on one cron",
            withPipeline("drift-detection", { cron: "renew-tls" }),
            `${pipelines}.drift-detection.cron: "renew-tls" is taken by ${pipelines}.renew-tls.cron`,
        ],
    ];
    for (const [what, raw, problem] of refused) {
        it(`refuses ${what}`, () => {
            expect(problemsOf(raw)).to.deep.equal([problem]);
        });
    }
});

describe("cicd:registrations", () => {
    it("are taken over as they are, whatever they are called", () => {
        const anyRegistrations = fc.dictionary(
            anyLabel,
            fc.record({ woodpeckerId: fc.option(fc.integer({ min: 1 }), { nil: undefined }) }),
            {
                maxKeys: 5,
            },
        );
        fc.assert(
            fc.property(anyRegistrations, (raw) => {
                const entries = Object.entries(raw).map(([name, entry], index) => [
                    name,
                    { repository: `acme/${name}.d`, ...(entry.woodpeckerId && { woodpeckerId: 1000 + index }) },
                ]);
                const registrations = Object.fromEntries(entries);
                const { registered } = parseSettings(rawSettings({ registrations }));
                expect(registered?.repositories ?? {}).to.deep.equal(registrations);
            }),
        );
    });

    it("refuse names and repositories that are none, and ids that are no numbers", () => {
        fc.assert(
            fc.property(unsafe, (text) => {
                const problems = problemsOf(
                    rawSettings({
                        registrations: {
                            one: { repository: text },
                            two: { repository: "acme/two", woodpeckerId: text },
                        },
                    }),
                );
                expect(problems).to.deep.equal([
                    `cicd:registrations.one.repository: ${JSON.stringify(text)} is not owner/name`,
                    `cicd:registrations.two.woodpeckerId: ${JSON.stringify(text)} is not a number`,
                ]);
            }),
        );
    });
});

/** As the settings keep them: URLs without a slash at their end. */
function trimmed(value: unknown): unknown {
    if (typeof value === "string") return /^https?:/.test(value) ? value.replace(/\/+$/, "") : value;
    if (Array.isArray(value)) return value.map(trimmed);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, trimmed(inner)]));
}
