/**
 * Measures the integrity probe beside the other ways to check a registry, all on one synthetic registry and in one run.
 * Prints Markdown for docs/performance.md.
 *
 * usage: npm run bench:probe [-- --memory-only | --speed-only]
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { NODE_OPTIONS } from "../components/monitoring/jobPod.js";
import { usePrograms } from "../test/support/programs.js";
import { login, RealRegistry } from "../test/support/realRegistry.js";
import type { StoredIndex } from "../test/support/registryStorage.js";
import { cpuSeconds, type Measured, measure } from "./measure.js";

const REPOSITORIES = 100;
const TAGS = 20;
/** The slow ones are measured on so many images, and said to be. */
const SAMPLE = 60;
const WRK_SECONDS = 10;
const PROGRAM = join(__dirname, "../dist/jobs/integrity-probe.js");

interface Served {
    readonly url: URL;
    readonly pid: number;
}

interface Row {
    readonly what: string;
    readonly requests?: number;
    readonly seconds: number;
    readonly perSecond: number;
    readonly peakMegabytes?: number;
    readonly connections?: number;
    readonly serverCpu: number;
}

async function main(): Promise<void> {
    await usePrograms("registry", "openssl", "crane", "wrk");
    console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}\n`);
    if (!process.argv.includes("--memory-only")) await sideBySide();
    if (!process.argv.includes("--speed-only")) await memory();
}

async function sideBySide(): Promise<void> {
    const registry = RealRegistry.create();
    try {
        const images = Array.from({ length: REPOSITORIES * TAGS }, (_, n) =>
            registry.storage.addIndex(`team${n % 10}/app${n % REPOSITORIES}`, `v${Math.floor(n / REPOSITORIES)}`),
        );
        writeFileSync(join(registry.directory, "ca.pem"), registry.ca);
        for (const auth of [false, true]) {
            const served = await registry.serve({ cache: true, auth });
            const rows = await compare(registry, served, images, auth);
            console.log(`### TLS, ${auth ? "bcrypt at cost 5" : "no login"}\n\n${table(rows)}\n`);
        }
    } finally {
        await registry.stop();
    }
}

async function compare(registry: RealRegistry, served: Served, images: StoredIndex[], auth: boolean): Promise<Row[]> {
    const rows: Row[] = [];
    await walk(registry, served, auth, 8, "none"); // warms the disk's cache for all
    for (const concurrency of [1, 8, 32]) {
        rows.push(await wrk(registry, served, images, auth, concurrency));
        rows.push(await walk(registry, served, auth, concurrency, "none"));
    }
    rows.push(await walk(registry, served, auth, 8, "all"));
    rows.push(await crane(registry, served, images, auth));
    rows.push(await shell(registry, served, images, auth));
    return rows;
}

async function walk(
    registry: RealRegistry,
    served: Served,
    auth: boolean,
    concurrency: number,
    blobs: string,
): Promise<Row> {
    const env = {
        REGISTRY_URL: served.url.href,
        REGISTRY_CA_FILE: join(registry.directory, "ca.pem"),
        ...(auth && { REGISTRY_USERNAME: login.username, REGISTRY_PASSWORD: login.password }),
        CONCURRENCY: String(concurrency),
        BLOBS: blobs,
    };
    const { row, measured } = await observed(served, () => measure(process.execPath, [...NODE_OPTIONS, PROGRAM], env));
    const { requests, connections, durationSeconds, complete } = JSON.parse(measured.stdout);
    if (!complete) throw new Error(`the walk was not complete: ${measured.stdout}`);
    const what = `this walk, ${concurrency} at a time${blobs === "all" ? ", all blobs" : ""}`;
    return { ...row, what, requests, perSecond: requests / durationSeconds, connections };
}

/** The ceiling: the same manifests, asked for by a load generator. */
async function wrk(
    registry: RealRegistry,
    served: Served,
    images: StoredIndex[],
    auth: boolean,
    concurrency: number,
): Promise<Row> {
    const paths = images.flatMap(({ repository, digest, amd64, arm64, attestation }) =>
        [{ digest }, amd64, arm64, attestation].map((manifest) => `/v2/${repository}/manifests/${manifest.digest}`),
    );
    const script = join(registry.directory, "wrk.lua");
    const list = join(registry.directory, "paths");
    writeFileSync(list, paths.join("\n"));
    writeFileSync(
        script,
        [
            "local paths = {}",
            `for line in io.lines("${list}") do paths[#paths + 1] = line end`,
            "local at = 0",
            `wrk.headers["Accept"] = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json"`,
            ...(auth ? [`wrk.headers["Authorization"] = "Basic ${basic()}"`] : []),
            "request = function() at = at % #paths + 1; return wrk.format('GET', paths[at]) end",
        ].join("\n"),
    );
    const args = ["-t1", `-c${concurrency}`, `-d${WRK_SECONDS}s`, "-s", script, served.url.href];
    const { row, measured } = await observed(served, () => measure("wrk", args));
    const [, requests] = /(\d+) requests in/.exec(measured.stdout) ?? [];
    const [, rate] = /Requests\/sec:\s+([\d.]+)/.exec(measured.stdout) ?? [];
    if (/Non-2xx/.test(measured.stdout)) throw new Error(`wrk: ${measured.stdout}`);
    return {
        ...row,
        what: `wrk, ${concurrency} connections`,
        requests: Number(requests),
        perSecond: Number(rate),
        connections: concurrency,
    };
}

async function crane(registry: RealRegistry, served: Served, images: StoredIndex[], auth: boolean): Promise<Row> {
    const home = join(registry.directory, "docker");
    mkdirSync(home, { recursive: true });
    const auths = auth ? { [served.url.host]: { auth: basic() } } : {};
    writeFileSync(join(home, "config.json"), JSON.stringify({ auths }));
    const env = { SSL_CERT_FILE: join(registry.directory, "ca.pem"), DOCKER_CONFIG: home, HOME: home };
    const sample = images.slice(0, SAMPLE);
    let peakMegabytes = 0;
    const { row } = await observed(served, async () => {
        for (const { repository, tag } of sample) {
            const name = `${served.url.host}/${repository}:${tag}`;
            peakMegabytes = Math.max(
                peakMegabytes,
                (await measure("crane", ["validate", "--fast", "--remote", name], env)).peakMegabytes,
            );
        }
    });
    return { ...row, what: `crane validate --fast, ${SAMPLE} images one by one`, perSecond: Number.NaN, peakMegabytes };
}

/** A shell script's way: one curl a request, of a tag's manifest and then of each child. */
async function shell(registry: RealRegistry, served: Served, images: StoredIndex[], auth: boolean): Promise<Row> {
    const accept = "Accept: application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json";
    const common = `curl -s -o /dev/null --cacert ca.pem -H '${accept}' ${auth ? `-u ${login.username}:${login.password}` : ""}`;
    const lines = images.slice(0, SAMPLE).flatMap(({ repository, tag, amd64, arm64, attestation }) => {
        const base = `${served.url.href}v2/${repository}/manifests/`;
        return [
            `${common} ${base}${tag}`,
            ...[amd64, arm64, attestation].map(({ digest }) => `${common} -I ${base}${digest}`),
        ];
    });
    const script = join(registry.directory, "walk.sh");
    writeFileSync(script, `cd ${registry.directory}\n${lines.join("\n")}\n`);
    const { row } = await observed(served, () => measure("sh", [script]));
    const requests = lines.length;
    const what = `one curl a request, ${SAMPLE} images`;
    return { ...row, what, requests, perSecond: requests / row.seconds, connections: requests };
}

async function observed<T>(served: Served, work: () => Promise<T>) {
    const before = cpuSeconds(served.pid);
    const started = performance.now();
    const measured = await work();
    const seconds = (performance.now() - started) / 1000;
    const { peakMegabytes } = (measured ?? {}) as Partial<Measured>;
    return {
        row: { seconds, serverCpu: cpuSeconds(served.pid) - before, ...(peakMegabytes && { peakMegabytes }) },
        measured,
    };
}

/** How the walk's own memory grows with the registry. */
async function memory(): Promise<void> {
    console.log("### Memory\n\n| tags | requests | seconds | peak RSS |\n|---|---|---|---|");
    for (const tags of [2000, 10_000, 100_000]) {
        const server = spawn(
            process.execPath,
            ["--import", "tsx", join(__dirname, "syntheticRegistry.ts"), String(tags)],
            {
                stdio: ["ignore", "pipe", "inherit"],
            },
        );
        try {
            const [address] = await once(server.stdout, "data");
            const env = { REGISTRY_URL: String(address).trim(), BLOBS: "none", DEADLINE_SECONDS: "3600" };
            const { stdout, seconds, peakMegabytes } = await measure(process.execPath, [...NODE_OPTIONS, PROGRAM], env);
            const { complete, requests } = JSON.parse(stdout);
            if (!complete) throw new Error(`the walk was not complete: ${stdout}`);
            console.log(`| ${tags} | ${requests} | ${seconds.toFixed(1)} | ${peakMegabytes} MB |`);
        } finally {
            server.kill();
        }
    }
}

function table(rows: readonly Row[]): string {
    const cells = rows.map(({ what, requests, seconds, perSecond, peakMegabytes, connections, serverCpu }) => [
        what,
        requests ?? "",
        seconds.toFixed(1),
        Number.isNaN(perSecond) ? "" : perSecond.toFixed(0),
        peakMegabytes === undefined ? "" : `${peakMegabytes} MB`,
        connections ?? "",
        `${serverCpu.toFixed(1)} s`,
    ]);
    const head = ["", "requests", "seconds", "requests/s", "peak RSS", "connections", "registry's CPU"];
    return [head, head.map(() => "---"), ...cells].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

function basic(): string {
    return Buffer.from(`${login.username}:${login.password}`).toString("base64");
}

void main();
