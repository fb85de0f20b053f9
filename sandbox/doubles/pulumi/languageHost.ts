/**
 * `pulumi-language-nodejs`: what the engine needs to run a Node.js program, plugin or policy pack.
 *
 * Usage: pulumi-language-nodejs [-version] [-root=…] [-tracing=…] [engine address]
 */

import { spawn } from "node:child_process";
import { status } from "@grpc/grpc-js";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb.js";
import {
    AboutResponse,
    type GetRequiredPackagesRequest,
    GetRequiredPackagesResponse,
    InstallDependenciesResponse,
    type LanguageHandshakeRequest,
    LanguageHandshakeResponse,
    type RunRequest,
    RunResponse,
    RuntimeOptionsResponse,
    TemplateResponse,
} from "@pulumi/pulumi/proto/language_pb.js";
import { PackageDependency, PluginInfo } from "@pulumi/pulumi/proto/plugin_pb.js";
import emptyProto from "google-protobuf/google/protobuf/empty_pb.js";
import { exitOf, interruptChildren, killChildren, sink } from "./language/child.js";
import { requiredPackages } from "./language/packages.js";
import { runPlugin } from "./language/plugin.js";
import { programRun, runProgram } from "./language/program.js";
import { listen, RpcError, toServiceError, unary, watchEngine } from "./rpc/serve.js";

/** The engine it is made for. */
const version = "3.259.0";

type StreamingCall = Parameters<typeof runPlugin>[0];

function implementation(initialEngine: string) {
    let engine = initialEngine;
    const unsupported = (method: string) =>
        unary(() => {
            throw new RpcError(status.UNIMPLEMENTED, `pulumi-language-nodejs (double): ${method} is not supported`);
        });
    return {
        handshake: unary((request: LanguageHandshakeRequest) => {
            engine = request.getEngineAddress();
            return new LanguageHandshakeResponse();
        }),
        getPluginInfo: unary(() => {
            const info = new PluginInfo();
            info.setVersion(version);
            return info;
        }),
        getRequiredPlugins: unsupported("GetRequiredPlugins"),
        getRequiredPackages: unary(async (request: GetRequiredPackagesRequest) => {
            const response = new GetRequiredPackagesResponse();
            const directory = request.getInfo()?.getProgramDirectory() ?? process.cwd();
            for (const required of await requiredPackages(directory)) {
                const dependency = new PackageDependency();
                dependency.setName(required.name);
                dependency.setKind("resource");
                dependency.setVersion(required.version);
                dependency.setServer(required.server);
                response.addPackages(dependency);
            }
            return response;
        }),
        run: unary(async (request: RunRequest) => {
            const { error, bail } = await runProgram(programRun(request, engine));
            const response = new RunResponse();
            response.setError(error);
            response.setBail(bail);
            return response;
        }),
        runPlugin: (call: StreamingCall) => {
            runPlugin(call).then(
                () => call.end(),
                (error: unknown) => call.destroy(Object.assign(new Error(), toServiceError(error))),
            );
        },
        installDependencies: (call: StreamingCall) => {
            const directory = (call.request as unknown as GetRequiredPackagesRequest).getInfo()?.getProgramDirectory();
            const write = (chunk: Buffer) => {
                const response = new InstallDependenciesResponse();
                response.setStdout(chunk);
                call.write(response as never);
            };
            const npm = spawn("npm", ["install"], { cwd: directory, stdio: ["ignore", "pipe", "pipe"] });
            npm.stdout.pipe(sink(write));
            npm.stderr.pipe(sink(write));
            exitOf(npm).then(
                ({ code }) =>
                    code === 0 ? call.end() : call.destroy(new Error(`npm install failed in ${directory} (${code})`)),
                (error: Error) => call.destroy(error),
            );
        },
        runtimeOptionsPrompts: unary(() => new RuntimeOptionsResponse()),
        template: unary(() => new TemplateResponse()),
        about: unary(() => {
            const response = new AboutResponse();
            response.setExecutable(process.execPath);
            response.setVersion(process.version);
            return response;
        }),
        getProgramDependencies: unsupported("GetProgramDependencies"),
        generateProgram: unsupported("GenerateProgram"),
        generateProject: unsupported("GenerateProject"),
        generatePackage: unsupported("GeneratePackage"),
        pack: unsupported("Pack"),
        link: unsupported("Link"),
        cancel: unary(() => {
            void interruptChildren();
            return new emptyProto.Empty();
        }),
    };
}

async function main(args: readonly string[]): Promise<void> {
    if (args.some((arg) => arg === "-version" || arg === "--version")) {
        console.log(version);
        return;
    }
    const engine = args.find((arg) => !arg.startsWith("-")) ?? "";
    if (engine !== "") {
        watchEngine(engine, () => {
            killChildren();
            process.exit(1);
        });
    }
    // The engine ends its plugins with SIGINT and waits for them.
    process.on("SIGINT", () => void interruptChildren().then(() => process.exit(0)));
    console.log(await listen(LanguageRuntimeService, implementation(engine)));
}

void main(process.argv.slice(2));
