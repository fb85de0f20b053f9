import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb.js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type { Log, ProviderPackage } from "./package.js";
import { ProviderServer } from "./server.js";

/** 400 MB, as everywhere in Pulumi: gRPC's own 4 MB are too few for large stacks. */
const limits = { "grpc.max_receive_message_length": 400 << 20, "grpc.max_send_message_length": 400 << 20 };

/** The program of a plugin; the Pulumi engine starts it with its own address. */
export function serve(describe: (log: Log) => ProviderPackage): void {
    const engineAddress = process.argv.slice(2).find((argument) => !argument.startsWith("-"));
    const server = new grpc.Server(limits);
    const provider = new ProviderServer(describe(engineLog(engineAddress)));
    server.addService(ResourceProviderService, provider.methods);
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
        if (error) throw error;
        // The engine waits for exactly this line.
        process.stdout.write(`${port}\n`);
    });
    exitWithEngine();
}

function engineLog(address: string | undefined): Log {
    if (address === undefined) return () => {};
    let engine: EngineClient | undefined;
    return (severity, message, urn) => {
        engine ??= new EngineClient(address, grpc.credentials.createInsecure(), limits);
        const request = new LogRequest();
        request.setSeverity(severity === "warning" ? LogSeverity.WARNING : LogSeverity.INFO);
        request.setMessage(message);
        request.setUrn(urn);
        engine.log(request, () => {});
    };
}

/** A killed engine takes nobody with it: without this every interrupted run would leave a process behind. */
function exitWithEngine(): void {
    const engine = process.ppid;
    setInterval(() => {
        if (process.ppid !== engine) process.exit(0);
    }, 500).unref();
}
