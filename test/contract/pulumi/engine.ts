/** Drives the real engine with inline programs, and says what it did in a form that tests can look at. */

import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
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
    /** 0 done, 7 changes although none were expected, 1 failed. */
    readonly exitCode: number;
    /** Resource name to operation, for every resource that did not stay the same. */
    readonly changes: Readonly<Record<string, string>>;
    /** Everything that was printed. */
    readonly text: string;
    readonly outputs: Readonly<Record<string, unknown>>;
}

const quiet = new Set(["same", "refresh", "read"]);

type Operation = (observers: {
    onEvent: (event: EngineEvent) => void;
    onOutput: (text: string) => void;
    color: "never";
}) => Promise<{ outputs?: Record<string, { value: unknown }> } | object>;

/** One stack in a file backend of its own; the plugins are those of PULUMI_HOME. */
export class Engine {
    #mayHoldResources = false;

    private constructor(
        private readonly stack: Stack,
        private readonly directory: string,
    ) {}

    /** @param providers local plugins beside those of PULUMI_HOME, by name: their directory */
    static async start(program: PulumiFn, providers: Readonly<Record<string, string>> = {}): Promise<Engine> {
        const directory = mkdtempSync(join(tmpdir(), "contract-"));
        const projectName = "contract";
        const stack = await LocalWorkspace.createOrSelectStack(
            { stackName: "test", projectName, program },
            {
                ...(process.env.PULUMI_HOME && { pulumiHome: process.env.PULUMI_HOME }),
                // `plugins` is missing from the SDK's type, not from the project file.
                projectSettings: {
                    name: projectName,
                    runtime: "nodejs",
                    backend: { url: `file://${directory}` },
                    plugins: { providers: Object.entries(providers).map(([name, path]) => ({ name, path })) },
                } as ProjectSettings,
                envVars: {
                    PULUMI_BACKEND_URL: `file://${directory}`,
                    PULUMI_CONFIG_PASSPHRASE: "contract",
                    PULUMI_SKIP_UPDATE_CHECK: "true",
                    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
                    // Of the sandbox's own stack.
                    PULUMI_OPTION_CONFIG_FILE: "",
                },
            },
        );
        return new Engine(stack, directory);
    }

    /** Takes another program from now on. */
    set program(program: PulumiFn) {
        this.stack.workspace.program = program;
    }

    up(options: { refresh?: boolean } = {}): Promise<Outcome> {
        this.#mayHoldResources = true;
        return this.observe((observers) =>
            this.stack.up({ ...observers, ...(options.refresh && { refresh: true, runProgram: true }) }),
        );
    }

    /** A preview that ends with 7 if it would change anything. */
    preview(): Promise<Outcome> {
        return this.observe((observers) => this.stack.preview({ ...observers, expectNoChanges: true }));
    }

    /** The preview that looks for drift. */
    drift(): Promise<Outcome> {
        return this.observe((observers) =>
            this.stack.preview({ ...observers, refresh: true, runProgram: true, expectNoChanges: true, diff: true }),
        );
    }

    destroy(): Promise<Outcome> {
        return this.observe((observers) => this.stack.destroy(observers));
    }

    /** Everything that the backend holds: state, history and backups. */
    get stored(): string {
        const files = readdirSync(this.directory, { recursive: true, withFileTypes: true });
        return files
            .filter((file) => file.isFile())
            .map((file) => readFileSync(join(file.parentPath, file.name), "utf8"))
            .join("\n");
    }

    /** Destroys what is left and removes the backend. */
    async stop(): Promise<void> {
        const destroyed = this.#mayHoldResources ? await this.destroy() : undefined;
        rmSync(this.directory, { recursive: true, force: true });
        if (destroyed !== undefined && destroyed.exitCode !== 0) {
            throw new Error(`destroy failed:\n${destroyed.text}`);
        }
    }

    private observe(operation: Operation): Promise<Outcome> {
        return undisturbed(() => this.observeOnce(operation));
    }

    private async observeOnce(operation: Operation): Promise<Outcome> {
        const changes: Record<string, string> = {};
        let text = "";
        const onEvent = (event: EngineEvent) => {
            const metadata = event.resourcePreEvent?.metadata;
            if (metadata !== undefined && !quiet.has(metadata.op) && !metadata.type.startsWith("pulumi:")) {
                changes[metadata.urn.split("::").at(-1) ?? ""] = metadata.op;
            }
            // The engine shows no debug messages; they have whole resources in them, with their secrets.
            if (event.diagnosticEvent !== undefined && String(event.diagnosticEvent.severity) !== "debug") {
                text += event.diagnosticEvent.message;
            }
        };
        const onOutput = (chunk: string) => {
            text += chunk;
        };
        try {
            const result = await operation({ onEvent, onOutput, color: "never" });
            const outputs = "outputs" in result ? Object.entries(result.outputs ?? {}) : [];
            return {
                exitCode: 0,
                changes,
                text,
                outputs: Object.fromEntries(outputs.map(([name, { value }]) => [name, value])),
            };
        } catch (error) {
            const message = String(error);
            const code = /exit code (\d+)|code: (\d+)/
                .exec(message)
                ?.slice(1)
                .find((each) => each !== undefined);
            if (code === undefined) {
                throw error;
            }
            return { exitCode: Number(code), changes, text: text + message, outputs: {} };
        } finally {
            await runsToEnd();
        }
    }
}

/** A name that no other run uses. */
export const uniqueName = (what: string) => `contract-${what}-${randomBytes(3).toString("hex")}`;

/** An address on loopback where nobody listens. */
export async function deadAddress(): Promise<string> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return `127.0.0.1:${port}`;
}
