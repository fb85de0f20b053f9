import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
    type EngineEvent,
    LocalWorkspace,
    type ProjectSettings,
    type PulumiFn,
    type Stack,
} from "@pulumi/pulumi/automation/index.js";
import { runsToEnd, undisturbed } from "../../support/inlinePrograms.js";

/** What an operation came to. */
export interface Outcome {
    /** 0 done, 7 changes although none were expected, 1 failed, -1 killed. */
    readonly exitCode: number;
    /** `<operation> <resource>` for every resource that did not stay the same. */
    readonly changes: readonly string[];
    /** Everything that was printed, and every event that the engine gave out. */
    readonly text: string;
    /** Messages of errors, one for each that the engine reported. */
    readonly errors: readonly string[];
    readonly outputs: Readonly<Record<string, unknown>>;
}

type Operation = (observers: {
    onEvent: (event: EngineEvent) => void;
    onOutput: (text: string) => void;
    color: "never";
}) => Promise<{ outputs?: Record<string, { value: unknown }> } | object>;

const plugin = join(__dirname, "../../../providers/woodpecker");

/** A stack with the real engine and the provider as it is built, in a file backend of its own. */
export class ProviderStack {
    private constructor(
        private readonly stack: Stack,
        private readonly directory: string,
    ) {}

    static async start(program: PulumiFn, environment: Record<string, string> = {}): Promise<ProviderStack> {
        const directory = mkdtempSync(join(tmpdir(), "woodpecker-provider-"));
        const projectName = "contract";
        const stack = await LocalWorkspace.createOrSelectStack(
            { stackName: "test", projectName, program },
            {
                pulumiHome: join(directory, "home"),
                // `plugins` is missing from the SDK's type, not from the project file.
                projectSettings: {
                    name: projectName,
                    runtime: "nodejs",
                    backend: { url: `file://${directory}` },
                    plugins: { providers: [{ name: "woodpecker", path: plugin }] },
                } as ProjectSettings,
                envVars: {
                    PULUMI_BACKEND_URL: `file://${directory}`,
                    PULUMI_CONFIG_PASSPHRASE: "contract",
                    PULUMI_SKIP_UPDATE_CHECK: "true",
                    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
                    // Of the sandbox's own stack.
                    PULUMI_OPTION_CONFIG_FILE: "",
                    ...environment,
                },
            },
        );
        return new ProviderStack(stack, directory);
    }

    /** Takes another program from now on. */
    set program(program: PulumiFn) {
        this.stack.workspace.program = program;
    }

    up(options: { refresh?: boolean } = {}): Promise<Outcome> {
        const refresh = options.refresh ? { refresh: true, runProgram: true } : {};
        return this.observe((observers) => this.stack.up({ ...observers, ...refresh }));
    }

    /** An `up` that is known to work; an error with all that was said where it does not, or declares nothing. */
    async declare(): Promise<Outcome> {
        const up = await this.up();
        const declared = Number(up.outputs.repositoryId) > 0;
        if (up.exitCode !== 0 || !declared) throw new Error(`up ended with ${up.exitCode}:\n${up.text}`);
        return up;
    }

    /** A preview that ends with 7 if it would change anything. */
    preview(): Promise<Outcome> {
        return this.observe((observers) => this.stack.preview({ ...observers, diff: true, expectNoChanges: true }));
    }

    /** The preview that looks for drift. */
    drift(): Promise<Outcome> {
        return this.observe((observers) =>
            this.stack.preview({ ...observers, refresh: true, runProgram: true, expectNoChanges: true }),
        );
    }

    destroy(): Promise<Outcome> {
        return this.observe((observers) => this.stack.destroy(observers));
    }

    /** Runs `up` and kills the engine as soon as the condition holds, as a power cut would. */
    async killedUp(condition: () => boolean): Promise<Outcome> {
        const running = this.up();
        const timer = setInterval(() => {
            if (!condition()) return;
            clearInterval(timer);
            for (const pid of childrenOf(process.pid, "pulumi")) process.kill(pid, "SIGKILL");
        }, 1);
        try {
            return await running;
        } finally {
            clearInterval(timer);
            // What a killed run leaves behind, as `pulumi cancel` does.
            rmSync(join(this.directory, ".pulumi/locks"), { recursive: true, force: true });
        }
    }

    /** Everything that the backend holds: state, history and backups. */
    get stored(): string {
        const files = readdirSync(this.directory, { recursive: true, withFileTypes: true });
        return files
            .filter((file) => file.isFile())
            .map((file) => readFileSync(join(file.parentPath, file.name), "latin1"))
            .join("\n");
    }

    /** Destroys what is left and removes the backend. */
    async stop(): Promise<void> {
        const { exitCode, text } = await this.destroy();
        rmSync(this.directory, { recursive: true, force: true });
        if (exitCode !== 0) throw new Error(`destroy failed:\n${text}`);
    }

    private observe(operation: Operation): Promise<Outcome> {
        return undisturbed(() => this.observeOnce(operation));
    }

    private async observeOnce(operation: Operation): Promise<Outcome> {
        const changes: string[] = [];
        const errors: string[] = [];
        let text = "";
        const onEvent = (event: EngineEvent) => {
            // Debug messages are the SDK's own, and hold every answer of the engine in clear.
            if (String(event.diagnosticEvent?.severity) !== "debug") text += `${JSON.stringify(event)}\n`;
            const { resourcePreEvent, diagnosticEvent } = event;
            const { op = "same", urn = "", type = "" } = resourcePreEvent?.metadata ?? {};
            if (!["same", "refresh", "read"].includes(op) && !type.startsWith("pulumi:")) {
                changes.push(`${op} ${urn.split("::").at(-1)}`);
            }
            if (diagnosticEvent?.severity === "error") errors.push(diagnosticEvent.message);
        };
        const onOutput = (chunk: string) => {
            text += chunk;
        };
        try {
            const result = await operation({ onEvent, onOutput, color: "never" });
            const outputs = "outputs" in result ? Object.entries(result.outputs ?? {}) : [];
            const values = Object.fromEntries(outputs.map(([name, { value }]) => [name, value]));
            return { exitCode: 0, changes, errors, text, outputs: values };
        } catch (error) {
            const code = /exit code (\d+)/.exec(String(error))?.[1];
            return { exitCode: Number(code ?? -1), changes, errors, text: text + String(error), outputs: {} };
        } finally {
            await runsToEnd();
        }
    }
}

/** Ids of the processes of that name whose parent is the given one. */
export function childrenOf(parent: number, name: string): number[] {
    const table = execFileSync("ps", ["-e", "-o", "pid=,ppid=,comm="], { encoding: "utf8" });
    return table
        .split("\n")
        .map((line) => line.trim().split(/\s+/))
        .filter(([, ppid, command]) => Number(ppid) === parent && command === name)
        .map(([pid]) => Number(pid));
}

/** Providers that run at all, whoever started them. */
export function runningProviders(): number {
    const table = execFileSync("ps", ["-e", "-o", "args="], { encoding: "utf8" });
    return table.split("\n").filter((line) => line.includes(join(plugin, "dist/provider.cjs"))).length;
}
