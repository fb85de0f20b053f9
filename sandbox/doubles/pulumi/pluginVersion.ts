import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { credentials, Metadata } from "@grpc/grpc-js";
import type { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb.js";
import * as providerRpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import emptyProto from "google-protobuf/google/protobuf/empty_pb.js";

const milliseconds = 10_000;

/** The version of an official plugin without `v`, or `undefined` where it does not tell. Not every one knows `-version`: command does not. */
export async function versionOf(program: string): Promise<string | undefined> {
    const said = await promisify(execFile)(program, ["-version"], { timeout: milliseconds }).catch(() => undefined);
    const version = said?.stdout.trim() || (await askedVersion(program).catch(() => undefined));
    return version?.replace(/^v/, "");
}

/** Starts the plugin as the engine does, and asks it. */
async function askedVersion(program: string): Promise<string> {
    const signal = AbortSignal.timeout(milliseconds);
    // It wants the engine's address, and calls there only when something is declared.
    const child = spawn(program, ["127.0.0.1:1"], { stdio: ["ignore", "pipe", "ignore"] });
    const ended = new Promise<never>((_resolve, reject) => {
        child.once("error", reject).once("close", () => reject(new Error(`${program} ended`)));
    });
    try {
        const line = once(createInterface(child.stdout), "line", { signal });
        const [port] = (await Promise.race([line, ended])) as [string];
        const client = new providerRpc.ResourceProviderClient(`127.0.0.1:${port.trim()}`, credentials.createInsecure());
        try {
            return await new Promise<string>((resolve, reject) => {
                const deadline = { deadline: Date.now() + milliseconds };
                client.getPluginInfo(
                    new emptyProto.Empty(),
                    new Metadata(),
                    deadline,
                    (error: Error | null, info: PluginInfo) => {
                        if (error) reject(error);
                        else resolve(info.getVersion());
                    },
                );
            });
        } finally {
            client.close();
        }
    } finally {
        ended.catch(() => undefined);
        child.kill("SIGKILL");
    }
}
