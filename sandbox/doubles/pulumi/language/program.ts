/** Runs a program: the SDK's `cmd/run` with the arguments and environment that it expects. */

import type { RunRequest } from "@pulumi/pulumi/proto/language_pb.js";
import { type Exit, exitOf, locateModule, startNode } from "./child.js";
import { optionsEnvironment, parseRuntimeOptions } from "./options.js";

/** The SDK ends with this code after it has told the user what is wrong; nothing is to be added. */
const exitAfterUserMessage = 32;

/** What became of a program: `bail` stops the engine without a further message, `error` is printed. */
export interface RunResult {
    readonly error: string;
    readonly bail: boolean;
}

/** What has to be known of a program to start it. */
export interface ProgramRun {
    readonly engine: string;
    readonly monitor: string;
    readonly organization: string;
    readonly project: string;
    readonly stack: string;
    readonly rootDirectory: string;
    readonly programDirectory: string;
    readonly entryPoint: string;
    readonly dryRun: boolean;
    readonly parallel: number;
    readonly args: readonly string[];
    /** `namespace:key` to value. */
    readonly config: ReadonlyMap<string, string>;
    readonly secretKeys: readonly string[];
    readonly options: Readonly<Record<string, unknown>>;
}

/** Plain form of the engine's request. */
export function programRun(request: RunRequest, engine: string): ProgramRun {
    const info = request.getInfo();
    return {
        engine,
        monitor: request.getMonitorAddress(),
        organization: request.getOrganization(),
        project: request.getProject(),
        stack: request.getStack(),
        rootDirectory: info?.getRootDirectory() ?? "",
        programDirectory: info?.getProgramDirectory() ?? request.getPwd(),
        entryPoint: info?.getEntryPoint() || ".",
        dryRun: request.getDryrun(),
        parallel: request.getParallel(),
        args: request.getArgsList(),
        config: new Map(request.getConfigMap().entries() as Iterable<[string, string]>),
        secretKeys: request.getConfigsecretkeysList(),
        options: info?.getOptions()?.toJavaScript() ?? {},
    };
}

/** Command line of `cmd/run`, without node's own arguments. Empty settings are left out. */
export function programArguments(run: ProgramRun, runModule: string): string[] {
    const named: [string, string][] = [
        ["monitor", run.monitor],
        ["engine", run.engine],
        ["organization", run.organization],
        ["project", run.project],
        ["root-directory", run.rootDirectory],
        ["stack", run.stack],
        ["pwd", run.programDirectory],
    ];
    return [
        runModule,
        ...named.flatMap(([name, value]) => (value === "" ? [] : [`--${name}`, value])),
        ...(run.dryRun ? ["--dry-run"] : []),
        "--parallel",
        String(run.parallel),
        run.entryPoint,
        ...run.args,
    ];
}

/** Variables that carry the stack's config; the SDK wants keys in the old form `namespace:config:key`. */
export function configEnvironment(config: ReadonlyMap<string, string>, secretKeys: readonly string[]) {
    const entries = [...config].map(([key, value]) => {
        const [namespace, ...name] = key.split(":");
        return [`${namespace}:config:${name.at(-1)}`, value] as const;
    });
    return {
        PULUMI_CONFIG: JSON.stringify(Object.fromEntries(entries)),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(secretKeys),
    };
}

/** Runs the program to its end; its output is the host's output. */
export async function runProgram(run: ProgramRun): Promise<RunResult> {
    try {
        const options = parseRuntimeOptions(run.options);
        const runModule = locateModule("@pulumi/pulumi/cmd/run", run.programDirectory, "pulumi install");
        const child = startNode([...options.nodeargs, ...programArguments(run, runModule)], {
            // Inherited: the SDK writes its last words synchronously before it exits.
            stdio: ["ignore", "inherit", "inherit"],
            env: {
                ...process.env,
                ...configEnvironment(run.config, run.secretKeys),
                ...optionsEnvironment(options),
            },
        });
        return runResult(await exitOf(child));
    } catch (error) {
        return { error: error instanceof Error ? error.message : String(error), bail: false };
    }
}

/** The engine's message for an exit of the program, as the official host words it. */
export function runResult({ code, signal }: Exit): RunResult {
    if (code === 0) {
        return { error: "", bail: false };
    }
    if (code === exitAfterUserMessage) {
        return { error: "", bail: true };
    }
    // Out of memory ends node by SIGABRT.
    const hint = signal === "SIGABRT" ? ". It may have run out of memory: see nodeargs in Pulumi.yaml" : "";
    return { error: `Program exited with non-zero exit code: ${code ?? -1}${hint}`, bail: false };
}
