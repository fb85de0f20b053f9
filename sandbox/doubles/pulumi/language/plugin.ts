/** Runs TypeScript plugins (providers, policy packs) for the engine, which reads their output from a stream of messages. */

import type { ServerWritableStream } from "@grpc/grpc-js";
import type { AnalyzerStackConfigureRequest } from "@pulumi/pulumi/proto/analyzer_pb.js";
import { type RunPluginRequest, RunPluginResponse } from "@pulumi/pulumi/proto/language_pb.js";
import { exitOf, locateModule, sink, startNode } from "./child.js";
import { optionsEnvironment, parseRuntimeOptions } from "./options.js";
import { startPolicyProxy } from "./policyProxy.js";

type PluginStream = ServerWritableStream<RunPluginRequest, RunPluginResponse>;

/** Runs the plugin until it ends or the engine closes the call. */
export async function runPlugin(stream: PluginStream): Promise<void> {
    const isPolicyPack = stream.request.getKind() === "analyzer";
    await (isPolicyPack ? runPolicyPack(stream) : runProvider(stream));
}

async function runProvider(stream: PluginStream): Promise<void> {
    const request = stream.request;
    const { environment, nodeargs, programDirectory } = settingsOf(request);
    const module = locateModule(
        "@pulumi/pulumi/cmd/run-plugin",
        programDirectory,
        `npm install in ${programDirectory}`,
    );
    const child = startNode([module, ...nodeargs, programDirectory, ...request.getArgsList()], {
        cwd: request.getPwd() || programDirectory,
        env: environment,
        stdio: ["ignore", "pipe", "pipe"],
    });
    stream.once("cancelled", () => child.kill("SIGKILL"));
    child.stdout?.pipe(sink((chunk) => writeOutput(stream, chunk)));
    child.stderr?.pipe(sink((chunk) => writeError(stream, chunk)));
    failUnlessZero((await exitOf(child)).code);
}

async function runPolicyPack(stream: PluginStream): Promise<void> {
    const request = stream.request;
    const { environment, nodeargs, programDirectory } = settingsOf(request);
    const module = locateModule(
        "@pulumi/pulumi/cmd/run-policy-pack",
        programDirectory,
        `npm install in ${programDirectory}`,
    );
    const proxy = await startPolicyProxy();
    writeOutput(stream, Buffer.from(`${proxy.port}\n`));
    const configuration = await proxy.configuration;

    const child = startNode([module, ...nodeargs, ...request.getArgsList(), programDirectory], {
        cwd: programDirectory,
        env: { ...environment, ...stackEnvironment(configuration) },
        stdio: ["ignore", "pipe", "pipe"],
    });
    stream.once("cancelled", () => child.kill("SIGKILL"));
    child.stderr?.pipe(sink((chunk) => writeError(stream, chunk)));
    let firstLine: string | undefined = "";
    child.stdout?.pipe(
        sink((chunk) => {
            if (firstLine === undefined) {
                writeOutput(stream, chunk);
                return;
            }
            firstLine += chunk.toString();
            const end = firstLine.indexOf("\n");
            if (end >= 0) {
                proxy.attach(Number(firstLine.slice(0, end)));
                const rest = firstLine.slice(end + 1);
                firstLine = undefined;
                if (rest !== "") {
                    writeOutput(stream, Buffer.from(rest));
                }
            }
        }),
    );
    const { code } = await exitOf(child);
    proxy.fail(new Error(`policy pack in ${programDirectory} ended before it served (exit code ${code})`));
    failUnlessZero(code);
}

function settingsOf(request: RunPluginRequest) {
    const info = request.getInfo();
    const options = parseRuntimeOptions(info?.getOptions()?.toJavaScript() ?? {});
    return {
        programDirectory: info?.getProgramDirectory() ?? request.getProgram(),
        nodeargs: options.nodeargs,
        environment: { ...environmentOf(request.getEnvList()), ...optionsEnvironment(options) },
    };
}

/** The engine sends the whole environment; an empty list stands for this process's own. */
function environmentOf(variables: readonly string[]): NodeJS.ProcessEnv {
    if (variables.length === 0) {
        return process.env;
    }
    return Object.fromEntries(
        variables.map((variable) => {
            const at = variable.indexOf("=");
            return [variable.slice(0, at), variable.slice(at + 1)];
        }),
    );
}

function stackEnvironment(configuration: AnalyzerStackConfigureRequest | undefined): Record<string, string> {
    if (configuration === undefined) {
        return {};
    }
    const config = Object.fromEntries(configuration.getConfigMap().entries() as Iterable<[string, string]>);
    return {
        PULUMI_NODEJS_ORGANIZATION: configuration.getOrganization(),
        PULUMI_NODEJS_PROJECT: configuration.getProject(),
        PULUMI_NODEJS_STACK: configuration.getStack(),
        PULUMI_NODEJS_DRY_RUN: String(configuration.getDryRun()),
        PULUMI_CONFIG: JSON.stringify(config),
    };
}

function writeOutput(stream: PluginStream, chunk: Buffer): void {
    const response = new RunPluginResponse();
    response.setStdout(chunk);
    stream.write(response);
}

function writeError(stream: PluginStream, chunk: Buffer): void {
    const response = new RunPluginResponse();
    response.setStderr(chunk);
    stream.write(response);
}

function failUnlessZero(code: number | null): void {
    if (code !== 0 && code !== null) {
        throw new Error(`Program exited with non-zero exit code: ${code}`);
    }
}
