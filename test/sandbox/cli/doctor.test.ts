import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { expect } from "chai";
import { parse, stringify } from "yaml";
import type { Diagnosis } from "../../../cli/doctor/diagnose.js";
import { push } from "../../../sandbox/demo/push.js";
import { locate } from "../../../sandbox/lib/places.js";
import { readInventory } from "../../../sandbox/toolchain/install.js";
import { Cluster } from "../../support/cluster.js";
import type { Fault } from "../../support/doctor/fault.js";
import { faults } from "../../support/doctor/faults/index.js";
import { delivered } from "../../support/doctor/faults/kubernetes.js";
import { pushProbe } from "../../support/doctor/pushProbe.js";
import { environment } from "../../support/servers.js";
import { demandSuccess, stack } from "../../support/stack.js";

const { root, temporary } = locate();

interface Ended {
    readonly code: number | null;
    readonly stdout: string;
    readonly stderr: string;
}

const cluster = () => Cluster.ofSandbox();

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
