import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { parseDocument } from "yaml";
import { surroundingsOf } from "../../components/adoption/serverObject.js";
import { Servers } from "../../components/adoption/servers.js";
import { environment } from "../../config/environment.js";
import type { Settings } from "../../config/settings.js";
import { PlainError, UsageError } from "../../jobs/lib/errors.js";
import type { Findings } from "../../providers/host/plugin/inspection.js";
import { type HostPlan, hostObjects, lookAtHost, newHosts } from "../adoption/hosts.js";
import { byName, newObjects, type PreviewStep, planOf, planText } from "../adoption/plan.js";
import { addCommand, type CommonOptions, perform } from "../lib/command.js";
import { exitCode } from "../lib/exitCode.js";
import { progress } from "../lib/output.js";
import { run } from "../lib/run.js";
import { projectRoot, type Stack } from "../lib/stack.js";

interface AdoptOptions extends CommonOptions {
    readonly plan?: boolean;
}

export function addAdopt(program: Command): void {
    addCommand(program, "adopt", {
        summary: "what exists already, and what the first up would change in it",
        description:
            "Lists every object on GitHub, Woodpecker, Vault, Kubernetes and the hosts that the stack declares, that exists, and that the state does not have: how it differs, never a secret. Changes nothing. Ends with 2 when the first up would change or write over any.",
        examples: [
            ["adopt --plan", "before the first up with cicd:adopt"],
            ["adopt --plan --json", "for a program"],
        ],
    })
        .option("--plan", "list it")
        .action(
            perform<AdoptOptions, []>(async (session, { plan }) => {
                if (!plan) {
                    throw new UsageError(
                        "adopt does nothing by itself; look with: cicd adopt --plan, then set cicd:adopt to true and run: pulumi up",
                    );
                }
                const stack = await session.stack();
                progress(`Previewing stack ${stack.name}`);
                const steps = await preview(stack);
                const planned = newObjects(steps, surroundingsOf(stack.settings));
                const hosts = newHosts(steps, stack.settings);
                const servers = new Servers(stack.settings, environment);
                progress(`Looking at ${planned.length} objects and ${hosts.length} hosts`);
                const [onServers, onHosts] = await Promise.all([
                    planOf(planned, (object) => servers.look(object)),
                    Promise.all(
                        hosts.map(async (host) => hostObjects(host, await look(host, servers, stack.settings))),
                    ),
                ]).finally(() => servers.close());
                const objects = [...onServers, ...onHosts.flat().sort(byName)];
                const differs = objects.some(({ fate }) => fate === "change" || fate === "overwrite");
                return {
                    exitCode: differs ? exitCode.findings : exitCode.fine,
                    data: { stack: stack.name, objects },
                    text: planText(objects, stack.name),
                };
            }),
        );
}

async function look(plan: HostPlan, servers: Servers, { vault }: Settings): Promise<Findings> {
    const { path, key } = plan.ssh.key;
    const kv = vault?.mounts.kv ?? "secret";
    const secret = await servers.vault.get(`${kv}/data/${path}`);
    const value = (secret?.data as { data?: Readonly<Record<string, unknown>> } | undefined)?.data?.[key];
    if (typeof value !== "string")
        throw new PlainError(`Vault has no key for ${plan.ssh.host}: ${kv}/${path} has no text under "${key}"`);
    return lookAtHost(plan, value);
}

/** What an `up` with `cicd:adopt` would do, without a change to the stack file. @throws PlainError with the engine's words */
async function preview({ name, file }: Stack): Promise<PreviewStep[]> {
    const directory = mkdtempSync(join(tmpdir(), "cicd-adopt-"));
    try {
        const document = parseDocument(readFileSync(file, "utf8"));
        document.setIn(["config", "cicd:adopt"], true);
        const adopting = join(directory, `Pulumi.${name.split("/").at(-1)}.yaml`);
        writeFileSync(adopting, document.toString(), { mode: 0o600 });
        const args = ["preview", "--json", "--non-interactive", "--stack", name, "--config-file", adopting];
        const { code, stdout, stderr } = await run("pulumi", args, { cwd: projectRoot });
        const answer = parsed(stdout);
        if (code !== 0 || !answer) {
            const errors = (answer?.diagnostics ?? []).filter(({ severity }) => severity === "error");
            const words = errors.length > 0 ? errors.map(({ message }) => message.trim()).join("\n") : stderr.trim();
            throw new PlainError(`The preview of ${name} ended with exit code ${code}:\n${words}`);
        }
        return answer.steps ?? [];
    } finally {
        rmSync(directory, { recursive: true, force: true });
    }
}

interface PreviewAnswer {
    readonly steps?: PreviewStep[];
    readonly diagnostics?: { readonly severity: string; readonly message: string }[];
}

function parsed(stdout: string): PreviewAnswer | undefined {
    try {
        return JSON.parse(stdout.slice(stdout.indexOf("{"))) as PreviewAnswer;
    } catch {
        return undefined;
    }
}
