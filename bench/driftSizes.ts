/**
 * Measures runs of the drift job over stacks of different sizes in which nothing changed, beside a preview with refresh, which is the
 * engine's share. Prints Markdown for docs/performance.md. Needs the sandbox's programs and environment:
 * npm run sandbox -- up; eval "$(npm run -s sandbox -- env)".
 *
 * usage: npm run bench:drift:sizes [-- --apps=11,50,200]
 */

import { cpus, loadavg } from "node:os";
import { locate } from "../sandbox/lib/places.js";
import { ensureStack } from "../sandbox/lib/stack.js";
import { ProdServers } from "../test/sandbox/prod/servers.js";
import { DriftJob } from "../test/support/drift/job.js";
import { measure } from "./measure.js";
import { STACK, sizesOf, stackOf } from "./syntheticStack.js";

const { root } = locate();

async function main(): Promise<void> {
    console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}, load ${loadavg()[0]?.toFixed(1)}\n`);
    console.log("| apps | preview --refresh | drift job | times the preview |\n| --- | --- | --- | --- |");
    for (const apps of sizesOf("apps", [11, 50, 200])) {
        const file = stackOf(apps);
        const servers = await ProdServers.start(file);
        try {
            const { "cicd:vault": vault, "cicd:woodpecker": woodpecker } = file.config;
            // The shell's are those of the sandbox.
            const env = { ...servers.env, VAULT_ADDR: vault.address, WOODPECKER_SERVER: woodpecker.url };
            const { preview, job } = await bench(env);
            const times = (job / preview).toFixed(1);
            console.log(`| ${apps} | ${preview.toFixed(1)} s | ${job.toFixed(1)} s | ${times} |`);
        } finally {
            await servers.stop();
        }
    }
}

async function bench(env: Readonly<Record<string, string>>): Promise<{ preview: number; job: number }> {
    await ensureStack(STACK, locate(), env);
    const pulumi = async (args: readonly string[], more: Readonly<Record<string, string>> = {}) => {
        const options = ["--stack", STACK, "--non-interactive", "--color", "never"];
        const { code, seconds, stdout, stderr } = await measure(
            "pulumi",
            [...args, ...options],
            { ...env, ...more },
            { cwd: root },
        );
        if (code !== 0) throw new Error(`pulumi ${args.join(" ")}: ${stdout}${stderr}`);
        return seconds;
    };
    // It is not measured, and the state is written once: whole after every step, it takes most of the time.
    await pulumi(["up", "--yes", "--skip-preview"], { PULUMI_SKIP_CHECKPOINTS: "true" });
    const preview = await pulumi(["preview", "--refresh", "--run-program", "--expect-no-changes"]);
    const { code, summary, stderr } = await new DriftJob().run({ ...env, STACKS: STACK });
    if (code !== 0) throw new Error(`the drift job ended with ${code}: ${JSON.stringify(summary)}\n${stderr}`);
    return { preview, job: summary.durationSeconds };
}

main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
});
