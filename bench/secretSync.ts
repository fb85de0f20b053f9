/**
 * Measures the secret sync on the sandbox's servers: what it asks of them, and what it takes.
 * Prints Markdown for docs/performance.md.
 *
 * usage: eval "$(npm run -s sandbox -- env)"; npm run build; npm run bench:sync
 */

import { cpus } from "node:os";
import { join } from "node:path";
import { NODE_OPTIONS } from "../components/monitoring/jobPod.js";
import { FaultProxy } from "../test/support/faultProxy.js";
import { environment, vault } from "../test/support/servers.js";
import { type Measured, measure } from "./measure.js";

const PROGRAM = join(__dirname, "../dist/jobs/secret-sync.js");
/** OpenBao takes no more than a thousand strings in a request. */
const KEYS_A_PATH = 250;
const TARGET = { organization: environment("GITHUB_OWNER") };

interface Servers {
    readonly vault: string;
    readonly woodpecker: string;
}

/** One state of Vault, and what it asks of a run. */
interface Phase {
    readonly what: string;
    /** Value of a secret; nothing: there is no such secret. */
    readonly value: (index: number) => string | undefined;
}

const phases: readonly Phase[] = [
    { what: "first run", value: (i) => `value ${i}` },
    { what: "nothing changed", value: (i) => `value ${i}` },
    { what: "one changed", value: (i) => (i === 5 ? "another" : `value ${i}`) },
    { what: "one removed", value: (i) => (i === 5 ? undefined : `value ${i}`) },
];

async function main(): Promise<void> {
    const direct: Servers = { vault: environment("VAULT_ADDR"), woodpecker: environment("WOODPECKER_SERVER") };
    const [toVault, toWoodpecker] = [await FaultProxy.start(direct.vault), await FaultProxy.start(direct.woodpecker)];
    console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}\n`);
    console.log("| secrets | | reads of Vault | pages | writes | seconds | peak RSS |\n|---|---|---|---|---|---|---|");
    try {
        for (const count of [10, 100, 1000]) {
            const timed = await allPhases(count, direct, () => "");
            const counted = await allPhases(count, { vault: toVault.url, woodpecker: toWoodpecker.url }, () => {
                const pages = toWoodpecker.requests.filter(({ path }) => path.includes("perPage")).length;
                const cells = [toVault.requests.length, pages, toWoodpecker.writes.length].join(" | ");
                toVault.reset();
                toWoodpecker.reset();
                return cells;
            });
            phases.forEach(({ what }, i) => {
                const { seconds = 0, peakMegabytes = 0 } = timed[i]?.measured ?? {};
                const took = `${seconds.toFixed(2)} | ${peakMegabytes} MB`;
                console.log(`| ${count} | ${what} | ${counted[i]?.cells} | ${took} |`);
            });
        }
    } finally {
        await toVault.stop();
        await toWoodpecker.stop();
        for (const path of pathsFor(1000)) await vault.api("DELETE", `secret/metadata/${path}`);
    }
}

/** Every phase after the other, and the target empty at the end. */
async function allPhases(count: number, servers: Servers, cellsOf: () => string) {
    const results: { measured: Measured; cells: string }[] = [];
    const paths = pathsFor(count).map((path) => ({ path, target: TARGET }));
    for (const { what, value } of phases) {
        if (what !== "nothing changed") await store(count, value);
        results.push({ measured: await run(servers, paths), cells: cellsOf() });
    }
    const except = Array.from({ length: count }, (_, i) => `bench_${i}`);
    await run(
        servers,
        paths.map((entry) => ({ ...entry, except })),
    );
    cellsOf();
    return results;
}

const pathsFor = (count: number) =>
    Array.from({ length: Math.ceil(count / KEYS_A_PATH) }, (_, i) => `bench-sync/values-${i}`);

async function store(count: number, value: Phase["value"]): Promise<void> {
    for (const [at, path] of pathsFor(count).entries()) {
        const indices = Array.from({ length: Math.min(KEYS_A_PATH, count) }, (_, i) => at * KEYS_A_PATH + i);
        const data = Object.fromEntries(indices.map((i) => [`bench_${i}`, value(i)]));
        await vault.api("POST", `secret/data/${path}`, { data });
    }
}

async function run(servers: Servers, entries: readonly object[]): Promise<Measured> {
    const measured = await measure(process.execPath, [...NODE_OPTIONS, PROGRAM], {
        MODE: "apply",
        VAULT_ADDR: servers.vault,
        VAULT_TOKEN: environment("VAULT_TOKEN"),
        WOODPECKER_SERVER: servers.woodpecker,
        WOODPECKER_TOKEN: environment("WOODPECKER_TOKEN"),
        FINGERPRINT_KEY: "a-fingerprint-key-of-the-bench",
        INSTANCE: "bench",
        PRUNE_LIMIT: "1000",
        MAPPING: JSON.stringify({ entries }),
    });
    if (measured.code !== 0) throw new Error(`the run ended with code ${measured.code}: ${measured.stderr}`);
    return measured;
}

void main();
