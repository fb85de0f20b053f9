import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { parseDocument } from "yaml";
import { surroundingsOf } from "../../components/adoption/serverObject.js";
import { Servers } from "../../components/adoption/servers.js";
import { environment } from "../../config/environment.js";
import { PlainError, UsageError } from "../../jobs/lib/errors.js";
import { newObjects, type PreviewStep, planOf, planText } from "../adoption/plan.js";
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
            "Lists every object on GitHub, Woodpecker, Vault and Kubernetes that the stack declares, that exists, and that the state does not have: how it differs, never a secret. Changes nothing. Ends with 2 when the first up would change or write over any.",
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
                const planned = newObjects(await preview(stack), surroundingsOf(stack.settings));
                const servers = new Servers(stack.settings, environment);
                progress(`Looking at ${planned.length} objects`);
                const objects = await planOf(planned, (object) => servers.look(object)).finally(() => servers.close());
                const differs = objects.some(({ fate }) => fate === "change" || fate === "overwrite");
                return {
                    exitCode: differs ? exitCode.findings : exitCode.fine,
                    data: { stack: stack.name, objects },
                    text: planText(objects, stack.name),
                };
            }),
        );
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
