/**
 * Measures what somebody who pulls all the time notices of changes to the registry VM. Prints Markdown for docs/performance.md.
 * Needs the sandbox and its environment: npm run sandbox -- up --only vm pulumi; eval "$(npm run -s sandbox -- env)".
 *
 * usage: npm run bench:registry
 */

import { loadavg } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { RegistryOnVm } from "../test/support/registryVm.js";
import { RegistryVmStack } from "../test/support/registryVmStack.js";

/** How long a client tries again, as container engines do. */
const RETRY_MILLISECONDS = 10_000;

/** What a client saw who pulled without pause. */
interface Seen {
    readonly pulls: number;
    readonly failed: number;
    /** From the first request that failed to the next that did not, the longest such time. */
    readonly outageSeconds: number;
    /** Pulls that did not succeed though they were tried again. */
    readonly lost: number;
}

async function main(): Promise<void> {
    if (!RegistryOnVm.isPossible()) throw new Error("this sandbox has no registry VM: npm run sandbox -- status");
    const vm = await RegistryOnVm.make();
    try {
        await expectDone(vm, vm.program());
        const blob = await vm.pushImage("bench/app", "1");
        const touch = (file: string, text: string) => (path: string, content: string) =>
            path === file ? content.replace(/$/, text) : content;
        const changes: [string, string][] = [
            ["nginx configuration (reload)", vm.program("", touch("nginx/nginx.conf", "# changed\n"))],
            ["registry configuration (restart)", vm.program("", touch("private/config.yml", "# changed\n"))],
            [
                "compose file, registry made anew",
                vm.program("", (path, content) =>
                    path === "docker-compose.yml"
                        ? content.replace("  private:\n", '  private:\n    labels: { changed: "yes" }\n')
                        : content,
                ),
            ],
        ];
        console.log(`load ${loadavg()[0]?.toFixed(1)}\n`);
        console.log(
            "| change | push | pulls | failed | outage | failed with retries |\n| --- | --- | --- | --- | --- | --- |",
        );
        for (const [name, program] of changes) {
            const { seen, seconds } = await whilePulling(vm, blob, () => expectDone(vm, program));
            console.log(
                `| ${name} | ${seconds.toFixed(1)} s | ${seen.pulls} | ${seen.failed} | ${seen.outageSeconds.toFixed(2)} s | ${seen.lost} |`,
            );
        }
    } finally {
        await vm.remove();
    }
    await measureStack(await RegistryOnVm.make());
}

/** Seconds of an up that changes nothing, beside those of the engine alone. */
async function measureStack(vm: RegistryOnVm): Promise<void> {
    const stack = await RegistryVmStack.start(vm);
    const timed = async (work: () => Promise<{ exitCode: number; text: string }>) => {
        const started = performance.now();
        const { exitCode, text } = await work();
        if (exitCode !== 0) throw new Error(text);
        return (performance.now() - started) / 1000;
    };
    try {
        const first = await timed(() => stack.up());
        const plain = await timed(() => stack.upUnseen());
        const refreshed = await timed(() => stack.up());
        console.log("\n| up | seconds |\n| --- | --- |");
        console.log(`| first, from nothing | ${first.toFixed(1)} |`);
        console.log(`| nothing changed, without asking the VM | ${plain.toFixed(1)} |`);
        console.log(`| nothing changed, \`--refresh\` | ${refreshed.toFixed(1)} |`);
    } finally {
        await stack.stop();
        await vm.remove();
    }
}

async function expectDone(vm: RegistryOnVm, program: string): Promise<void> {
    const { code, output } = await vm.push(program);
    if (code !== 0) throw new Error(output);
}

async function whilePulling(vm: RegistryOnVm, blob: string, change: () => Promise<void>) {
    const going = { on: true };
    const pulling = pullAllTheTime(vm, blob, going);
    await pause(2000);
    const started = performance.now();
    await change();
    const seconds = (performance.now() - started) / 1000;
    await pause(2000);
    going.on = false;
    return { seen: await pulling, seconds };
}

/** A pull is the manifest by its tag, then the layer, each over a connection of its own. */
async function pullAllTheTime(vm: RegistryOnVm, blob: string, going: { on: boolean }): Promise<Seen> {
    let [pulls, failed, lost, outage] = [0, 0, 0, 0];
    let failing: number | undefined;
    const accept = "application/vnd.oci.image.manifest.v1+json";
    const pull = async () => {
        const manifest = await vm.frontDoor.request("GET", "/v2/bench/app/manifests/1", { accept });
        const layer = await vm.frontDoor.request("GET", `/v2/bench/app/blobs/${blob}`);
        if (manifest.status !== 200 || layer.status !== 200) throw new Error(`${manifest.status} ${layer.status}`);
    };
    while (going.on) {
        const began = performance.now();
        let succeeded = false;
        while (!succeeded && performance.now() - began < RETRY_MILLISECONDS) {
            const asked = performance.now();
            try {
                await pull();
                succeeded = true;
                if (failing !== undefined) outage = Math.max(outage, performance.now() - failing);
                failing = undefined;
            } catch {
                failed += 1;
                failing ??= asked;
                await pause(20);
            }
        }
        pulls += 1;
        if (!succeeded) lost += 1;
    }
    return { pulls, failed, lost, outageSeconds: outage / 1000 };
}

void main();
