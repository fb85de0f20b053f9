/** Sends messages to the engine, which shows them beside the resource. */

import { Client, credentials } from "@grpc/grpc-js";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb.js";
import type { EngineLog } from "./model.js";

/** Messages go out in the background; one that is lost is no reason to fail an operation. */
export function engineLog(address: string): EngineLog {
    const client = new Client(address, credentials.createInsecure());
    const log = (severity: LogSeverity, urn: string, message: string, ephemeral: boolean) => {
        const request = new LogRequest();
        request.setSeverity(severity);
        request.setUrn(urn);
        request.setMessage(message);
        request.setEphemeral(ephemeral);
        client.makeUnaryRequest(
            "/pulumirpc.Engine/Log",
            (each: LogRequest) => Buffer.from(each.serializeBinary()),
            () => undefined,
            request,
            () => {},
        );
    };
    return {
        info: (urn, message) => log(LogSeverity.INFO, urn, message, false),
        warn: (urn, message) => log(LogSeverity.WARNING, urn, message, false),
        status: (urn, message) => log(LogSeverity.INFO, urn, message, true),
    };
}
