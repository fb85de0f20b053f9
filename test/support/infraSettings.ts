import fc from "fast-check";
import { anyLabel, anyPath, type RawSettings, rawApp, rawSettings } from "./settings.js";

const value = (path: string) => ({ path, key: "value" });
const hostKey = `ssh-ed25519 ${"A".repeat(68)}`;
const ssh = { host: "10.0.0.2", hostKey, key: value("ci/ssh") };
const login = { username: value("ci/registry"), password: value("ci/registry") };

/** All eleven pipelines, with nothing out of the ordinary. */
export function rawPipelines(): Record<string, RawSettings> {
    return {
        default: { platform: ["vault"], globalPaths: ["modules/"], statePaths: ["state"] },
        "renew-tls": { schedule: "0 3 * * 0", script: "renew.sh", certificate: "c.pem", privateKey: "k.pem" },
        "build-cli": { image: "acme/cli", privateImage: { image: "registry.example.org/cli", login } },
        "build-ci-image": { privateImage: { image: "registry.example.org/ci", login } },
        "k8s-portal": { app: "portal" },
        "registry-config-sync": {
            directory: "registry",
            files: [{ file: "docker-compose.yml" }],
            url: "https://registry.example.org",
            login,
            ssh,
        },
        "pve-nfs-exports-sync": { ssh },
        "postmortem-todos": {},
        "drift-detection": {
            schedule: "0 0 * * *",
            image: "acme/pulumi:1",
            stacks: ["prod"],
            backendUrl: "file:///state",
            history: "/state/drift.json",
            passphrase: value("ci/p"),
            githubToken: value("ci/g"),
            woodpeckerToken: value("ci/w"),
        },
        "issue-automation": { url: "http://agent:8080", agent: "responder", token: value("agent") },
        "provision-user": {
            users: value("platform"),
            authentik: { url: "https://auth.example.org", token: value("auth") },
        },
    };
}

/** A whole config with an infra repository; `infra` replaces keys of that block. */
export function rawInfra(infra: RawSettings = {}): RawSettings {
    return rawSettings({
        apps: { portal: rawApp({ repository: "acme/infra", directory: "portal" }) },
        infra: {
            repository: "acme/infra",
            tools: "registry.example.org/ci:0123abcd",
            gitCryptKey: value("ci/crypt"),
            push: {
                url: "git@github.com:acme/infra.git",
                knownHosts: [`github.com ${hostKey}`],
                key: value("ci/push"),
            },
            pipelines: rawPipelines(),
            ...infra,
        },
    });
}

/** A config with one pipeline of the eleven changed. */
export function withPipeline(name: string, changes: RawSettings, infra: RawSettings = {}): RawSettings {
    const pipelines = rawPipelines();
    return rawInfra({ ...infra, pipelines: { ...pipelines, [name]: { ...pipelines[name], ...changes } } });
}

/** Text that the schema allows, among it what YAML, a shell or Woodpecker's substitution would take for something else. */
export const anyPlainText = fc.oneof(
    fc.constantFrom(
        "yes",
        "1e3",
        "0x1f",
        "null",
        "~",
        "2026-11-24",
        "- a",
        "a: b",
        "a #b",
        "${X}",
        "$$",
        "$(id)",
        "`id`",
    ),
    fc.constantFrom("'", '"', "%", "@", "é", "日本", "😀", "{a}", "[a]", "*a", "&a", "!a", "|", ">", " a ", "//", "a/"),
    fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => !/[\\\p{Cc}\p{Cs}]/u.test(text)),
);

const anyFile = fc.oneof(
    anyLabel.map((label) => `${label}.yml`),
    anyLabel.map((label) => `_${label}`),
    anyLabel.map((label) => `.${label}-`),
);
const anyRelative = anyPath.filter((path) => path !== ".");
const anyValue = fc.record({ path: anyRelative, key: anyPlainText });
const anySchedule = fc.constantFrom("0 3 * * 0", "*/5 0-6 1,15 * 1", "59 23 31 12 6");
const anyUrl = fc.constantFrom(
    "https://a.example.org",
    "http://10.0.0.1:8080/base",
    "https://registry.example.org:5050/",
);
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

/** What may be different about an infra repository, as the schema allows it. */
export const anyInfra: fc.Arbitrary<RawSettings> = fc
    .record({
        branch: anyLabel,
        timezone: fc.constantFrom("UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"),
        gitCryptKey: optional(anyValue),
        pipelines: fc.record({
            default: fc.record({
                stacksDirectory: anyRelative,
                platform: fc.array(anyFile, { maxLength: 3 }),
                skip: fc.array(anyFile, { maxLength: 2 }),
                globalPaths: fc.array(anyRelative, { maxLength: 2 }),
                statePaths: fc.array(anyRelative, { maxLength: 2 }),
            }),
            "renew-tls": fc.record({
                schedule: anySchedule,
                cron: fc.constantFrom("renew-tls", "12345e10", "y"),
                script: anyRelative,
                certificate: anyRelative,
                privateKey: anyRelative,
                secret: anyLabel,
                skippedNamespaces: fc.oneof(fc.constantFrom("^kube-", "^(a|b)$", "[.]", "a: #"), anyLabel),
                environment: fc.dictionary(fc.constantFrom("TOKEN", "Y", "NULL", "A_1"), anyValue),
            }),
            "registry-config-sync": fc.record({
                directory: anyPath,
                root: fc.constantFrom("/opt/registry", "/0", "/a-b/c.d"),
                files: fc.uniqueArray(fc.record({ file: anyFile, service: optional(anyFile) }), {
                    minLength: 1,
                    maxLength: 4,
                    selector: ({ file }) => file,
                }),
                compose: anyFile,
                check: optional(fc.constantFrom("./check.sh --dry-run", "true", "a -b c")),
                url: anyUrl,
                login: fc.record({ username: anyValue, password: anyValue }),
                ssh: fc.record({
                    host: fc.constantFrom("10.0.20.10", "vm.example.org", "12345e10"),
                    port: fc.integer({ min: 1, max: 65_535 }),
                    user: fc.constantFrom("root", "_ci", "y"),
                    hostKey: fc.constant(hostKey),
                    key: anyValue,
                }),
            }),
            "postmortem-todos": fc.record({ directory: anyRelative, script: anyRelative }),
            "drift-detection": fc.record({
                schedule: anySchedule,
                cron: fc.constantFrom("drift-detection", "0", "null"),
                image: fc.constantFrom("acme/pulumi:1", "a/b:12345e10", "r.example.org:5050/x:y"),
                directory: anyPath,
                stacks: fc.array(anyFile, { minLength: 1, maxLength: 2 }),
                backendUrl: fc.constantFrom("file:///state", "s3://b?endpoint=m:9000&x=#y", "azblob://a%20b"),
                history: fc.constantFrom("/state/drift.json", "/a/b-c.d/e"),
                passphrase: anyValue,
                githubToken: anyValue,
                woodpeckerToken: anyValue,
            }),
            "issue-automation": fc.record({
                url: anyUrl,
                agent: anyPlainText,
                token: anyValue,
                polls: fc.integer({ min: 1, max: 1000 }),
            }),
            "provision-user": fc.record({
                users: anyValue,
                authentik: fc.record({ url: anyUrl, token: anyValue, groupPrefix: anyLabel }),
            }),
        }),
    })
    .map(({ pipelines, ...rest }) => ({ ...rest, pipelines: { ...rawPipelines(), ...pipelines } }));
