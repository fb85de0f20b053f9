import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { expect } from "chai";
import { parse, stringify } from "yaml";
import type { Diagnosis } from "../../../cli/doctor/diagnose.js";
import { Deadline } from "../../../jobs/lib/deadline.js";
import { HttpClient } from "../../../jobs/lib/http.js";
import { gauge } from "../../../jobs/lib/metrics.js";
import { push as pushMetrics } from "../../../jobs/lib/pushgateway.js";
import { push } from "../../../sandbox/demo/push.js";
import { locate } from "../../../sandbox/lib/places.js";
import { readInventory } from "../../../sandbox/toolchain/install.js";
import { Cluster } from "../../support/cluster.js";
import { RegistryOnVm } from "../../support/registryVm.js";
import { environment, github, vault, woodpecker } from "../../support/servers.js";
import { demandSuccess, stack } from "../../support/stack.js";
import { waitFor } from "../../support/waitFor.js";

const { root, temporary } = locate();

interface Ended {
    readonly code: number | null;
    readonly stdout: string;
    readonly stderr: string;
}

/** Something that goes wrong, and the finding that must name it. */
interface Fault {
    readonly check: string;
    /** In `subject: found`. */
    readonly words: RegExp;
    readonly make: () => Promise<unknown>;
    /** Where the finding's own command is not what mends it here. */
    readonly undo?: () => Promise<unknown>;
}

const cluster = () => Cluster.ofSandbox();
const id = (repository: string) => woodpecker.idOf(repository);

const onGitHub: readonly Fault[] = [
    {
        check: "github-secrets",
        words: /acme\/shop: the Actions secret DOCKERHUB_TOKEN is missing/,
        make: () => github.api("DELETE", "/repos/acme/shop/actions/secrets/DOCKERHUB_TOKEN"),
    },
    {
        check: "github-variables",
        words: /acme\/shop: the Actions variable WOODPECKER_REPO_ID is 9999, and should be \d+/,
        make: () =>
            github.api("PATCH", "/repos/acme/shop/actions/variables/WOODPECKER_REPO_ID", {
                name: "WOODPECKER_REPO_ID",
                value: "9999",
            }),
    },
    {
        check: "github-files",
        words: /acme\/website \.woodpecker\/deploy\.yml: was edited by hand/,
        make: () => github.writeFile("acme/website", ".woodpecker/deploy.yml", "steps: []\n"),
    },
    {
        check: "github-files",
        words: /acme\/shop \.woodpecker\/lint\.yml: "did not find expected key": .*\$\{IMAGE\}:\$\{TAG\}/,
        make: () =>
            github.api("PUT", "/repos/acme/shop/contents/.woodpecker/lint.yml", {
                message: "Lint [skip ci]",
                content: Buffer.from("steps:\n  - name: lint\n    image: ${IMAGE}:${TAG}\n").toString("base64"),
            }),
        undo: async () => {
            const { sha } = await github.api("GET", "/repos/acme/shop/contents/.woodpecker/lint.yml");
            const message = "Do not lint [skip ci]";
            await github.api("DELETE", "/repos/acme/shop/contents/.woodpecker/lint.yml", { message, sha });
        },
    },
    {
        check: "github-hooks",
        words: /acme\/shop: the webhook is switched off/,
        make: async () => github.api("PATCH", `/repos/acme/shop/hooks/${await hookOf("acme/shop")}`, { active: false }),
    },
    {
        check: "github-hooks",
        words: /acme\/website: the last delivery to .* failed: .*4\d\d/,
        make: async () => {
            const hook = `/repos/acme/website/hooks/${await hookOf("acme/website")}`;
            const url = `${environment("WOODPECKER_SERVER")}/api/hook?access_token=of-another-server`;
            await github.api("PATCH", hook, { config: { url, content_type: "form" } });
            await github.api("POST", `${hook}/pings`);
        },
        undo: async () => {
            await woodpecker.api("POST", `/repos/${await id("acme/website")}/repair`);
            await github.api("POST", `/repos/acme/website/hooks/${await hookOf("acme/website")}/pings`);
        },
    },
];

const onWoodpecker: readonly Fault[] = [
    {
        check: "woodpecker-repositories",
        words: /acme\/travel-blog: is not active/,
        make: async () => woodpecker.api("DELETE", `/repos/${await id("acme/travel-blog")}`),
    },
    {
        check: "woodpecker-secrets",
        words: /acme\/website: the secret slack_webhook is missing/,
        make: async () => woodpecker.api("DELETE", `/repos/${await id("acme/website")}/secrets/slack_webhook`),
    },
    {
        check: "woodpecker-secrets",
        words: /acme\/website: the secret dockerhub_token is not for deployment/,
        make: async () =>
            woodpecker.api("PATCH", `/repos/${await id("acme/website")}/secrets/dockerhub_token`, {
                events: ["manual"],
            }),
    },
    {
        check: "woodpecker-agents",
        words: /statefulset woodpecker\/woodpecker-agent: ignores the ServiceAccount of deploy steps/,
        make: () => {
            const labels = { app: "woodpecker-agent" };
            const containers = [{ name: "agent", image: "woodpeckerci/woodpecker-agent:v3.17.0" }];
            const template = { metadata: { labels }, spec: { containers } };
            const spec = { replicas: 0, serviceName: "agent", selector: { matchLabels: labels }, template };
            const metadata = { name: "woodpecker-agent" };
            return cluster().apps.createNamespacedStatefulSet({ namespace: "woodpecker", body: { metadata, spec } });
        },
    },
];

const inVault: readonly Fault[] = [
    {
        check: "woodpecker-token",
        words: /secret\/ci\/woodpecker: Woodpecker does not accept it \(401\)/,
        make: () => changeSecret("ci/woodpecker", () => ({ token: "revoked" })),
        undo: () => restoreSecret("ci/woodpecker"),
    },
    {
        check: "github-secrets",
        words: /acme\/website: the Actions secret WOODPECKER_TOKEN is older than its value in Vault/,
        make: async () => {},
    },
    {
        check: "vault-secrets",
        words: /secret\/ci\/slack: nothing under "webhook", which cicd:credentials.slackWebhook names/,
        make: () => changeSecret("ci/slack", () => ({ address: "moved" })),
        undo: () => restoreSecret("ci/slack"),
    },
    {
        check: "vault-logins",
        words: /cicd-deployer-shop in shop: no token from kubernetes\/creds\/shop-deployer: \d+/,
        make: () => vault.api("DELETE", "kubernetes/roles/shop-deployer"),
    },
    {
        check: "vault-logins",
        words: /role secret-sync: woodpecker\/secret-sync cannot log in: \d+/,
        make: () => vault.api("DELETE", "auth/kubernetes/role/secret-sync"),
    },
    {
        check: "secrets-in-sync",
        words: /secret sync: 1 of Woodpecker's secrets differ from Vault: \+ .*late_arrival/,
        make: () => changeSecret("ci/global", (data) => ({ ...data, late_arrival: "x" })),
        undo: () => restoreSecret("ci/global"),
    },
];

const inKubernetes: readonly Fault[] = [
    {
        check: "vault-logins",
        words: /cicd-deployer-website in website: no token/,
        make: () =>
            cluster().core.deleteNamespacedServiceAccount({ namespace: "website", name: "cicd-deployer-website" }),
    },
    {
        check: "image-tags",
        words: /acme\/website:0badc0de: is not in the registry any more/,
        make: () => setImage("0badc0de"),
        undo: () => setImage(delivered.get("website") ?? ""),
    },
    {
        check: "deployments",
        words: /Deployment website\/website: .*0badc0de cannot be pulled \(\w+\)/,
        make: async () => {
            if (!(await cluster().isReal())) return;
            await waitFor(
                "a pod that cannot pull",
                async () => {
                    const pods = await cluster().core.listNamespacedPod({ namespace: "website" });
                    const reasons = pods.items.flatMap(({ status }) => status?.containerStatuses ?? []);
                    expect(reasons.some(({ state }) => /Pull/.test(state?.waiting?.reason ?? ""))).equal(true);
                },
                90,
            );
        },
    },
    {
        check: "pull-secrets",
        words: /Secret travel-blog\/no-such-credentials: is missing/,
        make: () => setPullSecrets([{ name: "no-such-credentials" }]),
        undo: () => setPullSecrets(null),
    },
    {
        check: "cron-jobs",
        words: /CronJob monitoring\/registry-integrity-probe: is suspended/,
        make: async () => {
            const [namespace, name] = ["monitoring", "registry-integrity-probe"];
            const body = await cluster().batch.readNamespacedCronJob({ namespace, name });
            if (body.spec) body.spec.suspend = true;
            await cluster().batch.replaceNamespacedCronJob({ namespace, name, body });
        },
    },
    {
        check: "registry-integrity",
        words: /acme\/shop-backend:1a2b3c4d: missing_child sha256:00/,
        make: () =>
            pushProbe({
                repository: "acme/shop-backend",
                tag: "1a2b3c4d",
                digest: "sha256:00",
                class: "missing_child",
            }),
        undo: () => pushProbe(),
    },
];

const onTheVm: readonly Fault[] = [
    {
        check: "registry-vm",
        words: /cache-ghcr-io on root@127\.0\.0\.1: is exited, and should be running/,
        make: async () => {
            const { code, output } = await (await RegistryOnVm.make()).ssh("docker stop registry-cache-ghcr-io-1");
            expect(code, output).equal(0);
        },
    },
    {
        check: "registry-caches",
        words: /ghcr\.io on 127\.0\.0\.1:\d+: answers 502 instead of 200/,
        make: async () => {},
    },
];

const faults = [
    ...onGitHub,
    ...onWoodpecker,
    ...inVault,
    ...inKubernetes,
    ...(RegistryOnVm.isPossible() ? onTheVm : []),
];
/** Tags that run, by application. */
const delivered = new Map<string, string>();

describe("cicd doctor", function () {
    this.timeout("4m");

    before(async () => {
        await stack.select();
        demandSuccess(await stack.up("--refresh", "--run-program"));
        for (const app of ["website", "shop", "travel-blog"]) {
            const { tag } = await push(app, {
                environment: process.env as Record<string, string>,
                program: readInventory(locate()).app?.path ?? "",
                onLine: () => {},
            });
            delivered.set(app, tag);
        }
        await syncSecrets();
        await pushProbe();
    });

    after(async () => {
        await undoAll();
        const name = "woodpecker-agent";
        await cluster()
            .apps.deleteNamespacedStatefulSet({ namespace: "woodpecker", name })
            .catch(() => {});
    });

    it("finds nothing in a pipeline that works", async () => {
        const { code, stdout, stderr } = await doctor();
        expect(code, stdout + stderr).equal(0);
    });

    it("names each fault with the check that sees it, and the commands it gives mend them", async () => {
        for (const fault of faults) {
            made.add(fault);
            await fault.make();
        }
        const { code, stdout, stderr } = await doctor("--json");
        expect(code, stderr).equal(2);
        const { checks, down } = JSON.parse(stdout) as Diagnosis;
        expect(down).deep.equal([]);
        const seen = checks.flatMap(({ check, findings }) => findings.map((finding) => ({ check, ...finding })));
        const real = await cluster().isReal();
        const unseen = faults
            .filter(({ check }) => real || check !== "deployments")
            .filter(
                ({ check, words }) => !seen.some((s) => s.check === check && words.test(`${s.subject}: ${s.found}`)),
            );
        expect(
            unseen.map(({ check, words }) => `${check} ${words}`),
            stdout,
        ).deep.equal([]);

        await undoAll();
        const commands = [...new Set(seen.map(({ mend }) => mend))].filter((line) => !line.includes("pings"));
        for (const command of commands.filter((line) => /^(kubectl|curl) /.test(line))) await shell(command);
        demandSuccess(await stack.up("--refresh", "--run-program"));
        const sync = commands.find((line) => line.endsWith("sync --now"));
        if (real && sync) await shell(sync);
        else await syncSecrets();
        const after = await doctor();
        expect(after.code, after.stdout + after.stderr).equal(0);
    });

    it("looks at one application, and refuses one that is not there", async () => {
        const { code, stdout } = await doctor("website", "--json");
        expect(code, stdout).equal(0);
        const { checks } = JSON.parse(stdout) as Diagnosis;
        const looked = checks.find(({ check }) => check === "deployments")?.looked;
        expect(looked).deep.equal(["website/website"]);
        const refused = await doctor("nobody");
        expect(refused.code).equal(1);
        expect(refused.stderr).match(/no application "nobody"; there are website, shop, travel-blog/);
    });

    it("says one line for a server that is gone, and one for a server that never answers", async () => {
        const silent = await listen();
        const { port } = silent.address() as { port: number };
        try {
            // No pipeline file speaks of these two: nothing else is found to be wrong.
            const changed = { github: "http://127.0.0.1:9", pushgateway: `http://127.0.0.1:${port}` };
            const started = Date.now();
            const { code, stdout } = await doctor("--json", "--timeout", "8", changed);
            expect(Date.now() - started).below(60_000);
            const { down, checks } = JSON.parse(stdout) as Diagnosis;
            expect(code, stdout).equal(1);
            expect(down.map(({ server }) => server).sort()).deep.equal(["GitHub", "Pushgateway"]);
            expect(down.find(({ server }) => server === "GitHub")?.reason).match(/ECONNREFUSED/);
            expect(down.find(({ server }) => server === "Pushgateway")?.reason).match(/no complete answer within 8 s/);
            expect(checks.filter(({ state }) => state === "ok").map(({ check }) => check)).include("deployments");
        } finally {
            silent.close();
        }
    });
});

const made = new Set<Fault>();

/** Also after a test that failed half-way: the next ones work on the same servers. */
async function undoAll(): Promise<void> {
    for (const fault of made) {
        made.delete(fault);
        await fault.undo?.();
    }
}

/** Addresses of servers. */
interface Elsewhere {
    readonly github: string;
    readonly pushgateway: string;
}

/** @param more options, and servers that are elsewhere */
async function doctor(...more: (string | Elsewhere)[]): Promise<Ended> {
    const [changed] = more.filter((each) => typeof each === "object");
    const options = more.filter((each) => typeof each === "string");
    const env = { ...process.env, ...(changed && { PULUMI_OPTION_CONFIG_FILE: stackFile(changed) }) };
    return ended(process.execPath, ["--import", "tsx", "cli/main.ts", "doctor", ...options], env);
}

function stackFile({ github: baseUrl, pushgateway }: Elsewhere): string {
    const document = parse(readFileSync(environment("PULUMI_OPTION_CONFIG_FILE"), "utf8"));
    document.config["cicd:github"].baseUrl = baseUrl;
    document.config["cicd:integrityProbe"].pushgatewayUrl = pushgateway;
    const file = join(temporary, "Pulumi.elsewhere.yaml");
    writeFileSync(file, stringify(document));
    return file;
}

async function shell(command: string): Promise<void> {
    const { code, stdout, stderr } = await ended("bash", ["-euc", command], process.env);
    expect(code, `${command}\n${stdout}${stderr}`).equal(0);
}

function ended(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
    const child = spawn(command, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
    const said = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
        child[stream].setEncoding("utf8").on("data", (text: string) => {
            said[stream] += text;
        });
    }
    return new Promise((resolve, reject) => {
        child.once("error", reject);
        child.once("close", (code) => resolve({ code, ...said }));
    });
}

/** Takes connections and says nothing. */
async function listen(): Promise<Server> {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    return server;
}

async function hookOf(repository: string): Promise<unknown> {
    const hooks = (await github.api("GET", `/repos/${repository}/hooks`)) as unknown as { id: number }[];
    return hooks[0]?.id;
}

const kept = new Map<string, unknown>();

async function changeSecret(path: string, change: (data: object) => object): Promise<void> {
    const answer = await vault.api("GET", `secret/data/${path}`);
    const { data } = answer.data as { data: object };
    kept.set(path, data);
    await vault.api("POST", `secret/data/${path}`, { data: change(data) });
}

async function restoreSecret(path: string): Promise<void> {
    await vault.api("POST", `secret/data/${path}`, { data: kept.get(path) });
}

async function setImage(tag: string): Promise<void> {
    const [namespace, name] = ["website", "website"];
    const body = await cluster().apps.readNamespacedDeployment({ namespace, name });
    const [container] = body.spec?.template.spec?.containers ?? [];
    if (container) container.image = container.image?.replace(/[^:]+$/, tag);
    await cluster().apps.replaceNamespacedDeployment({ namespace, name, body });
    if (tag !== "0badc0de") {
        await waitFor(
            "the rollout",
            async () => {
                const { status } = await cluster().apps.readNamespacedDeployment({ namespace, name });
                expect(status?.unavailableReplicas ?? 0).equal(0);
            },
            90,
        );
    }
}

async function setPullSecrets(secrets: { name: string }[] | null): Promise<void> {
    const [namespace, name] = ["travel-blog", "travel-blog"];
    const body = await cluster().apps.readNamespacedDeployment({ namespace, name });
    if (body.spec?.template.spec) body.spec.template.spec.imagePullSecrets = secrets ?? undefined;
    await cluster().apps.replaceNamespacedDeployment({ namespace, name, body });
    if (secrets === null) {
        await waitFor(
            "the rollout",
            async () => {
                const { status } = await cluster().apps.readNamespacedDeployment({ namespace, name });
                expect(status?.unavailableReplicas ?? 0).equal(0);
            },
            90,
        );
    }
}

/** What a walk through the registry leaves at the Pushgateway. @param failure an image it found broken */
async function pushProbe(failure?: Readonly<Record<string, string>>): Promise<void> {
    const http = new HttpClient({ connections: 1 });
    const name = "registry_manifest_integrity";
    await pushMetrics(http, new Deadline(30), {
        gateway: new URL(environment("PUSHGATEWAY_URL")),
        group: { job: "registry-integrity-probe", instance: "sandbox" },
        gauges: [
            gauge(`${name}_last_run_timestamp`, "When the last walk ended.", Date.now() / 1000),
            gauge(`${name}_catalog_accessible`, "Whether the repositories could be listed.", 1),
            ...(failure
                ? [
                      {
                          name: `${name}_failure_info`,
                          help: "An image that is broken.",
                          samples: [{ labels: failure, value: 1 }],
                      },
                  ]
                : []),
        ],
    });
    http.close();
}

/** The secret sync as its CronJob would run it, from here. */
async function syncSecrets(): Promise<void> {
    await ended("node", ["dist/jobs/secret-sync.js", "apply"], {
        ...process.env,
        INSTANCE: "sandbox",
        WOODPECKER_TOKEN: undefined,
        WOODPECKER_TOKEN_PATH: "ci/secret-sync#woodpecker-token",
        FINGERPRINT_KEY_PATH: "ci/secret-sync#fingerprint-key",
        PUSHGATEWAY_URL: undefined,
    }).then(({ code, stderr }) => expect(code, stderr).equal(0));
}
