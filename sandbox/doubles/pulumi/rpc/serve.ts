/** What a language host and a provider plugin have in common: a gRPC server that the engine starts and talks to. */

import { connect } from "node:http2";
import {
    type handleUnaryCall,
    Server,
    ServerCredentials,
    type ServiceDefinition,
    type ServiceError,
    type status,
    type UntypedServiceImplementation,
} from "@grpc/grpc-js";

/** States and config may be large; the engine sets no limit either. */
export const unlimitedMessages = {
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
};

/** An error with a gRPC status code of its own; any other error is reported as UNKNOWN. */
export class RpcError extends Error {
    constructor(
        readonly code: status,
        message: string,
    ) {
        super(message);
        this.name = "RpcError";
    }
}

/** Wraps an async function as a gRPC handler. The engine sees the error's message, never its stack. */
export function unary<Request, Response>(
    handle: (request: Request) => Promise<Response> | Response,
): handleUnaryCall<Request, Response> {
    return (call, callback) => {
        Promise.resolve()
            .then(() => handle(call.request))
            .then(
                (response) => callback(null, response),
                (error: unknown) => callback(toServiceError(error)),
            );
    };
}

/** gRPC form of an error. */
export function toServiceError(error: unknown): Partial<ServiceError> {
    const unknownStatus = 2;
    const message = error instanceof Error ? error.message : String(error);
    const metadata = (error as Partial<ServiceError>).metadata;
    const code = error instanceof RpcError ? error.code : unknownStatus;
    return { code, details: message, message, ...(metadata && { metadata }) };
}

/** Serves on a free loopback port and resolves with it. */
export function listen(service: ServiceDefinition, implementation: UntypedServiceImplementation): Promise<number> {
    const server = new Server(unlimitedMessages);
    server.addService(service, implementation);
    return new Promise((resolve, reject) => {
        server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
            error ? reject(error) : resolve(port),
        );
    });
}

/**
 * Calls `onGone` once the engine's server can no longer be reached, so that a killed engine leaves no plugin behind.
 *
 * An HTTP/2 session is all it takes: the engine keeps an idle one open as long as it lives.
 *
 * @param engineAddress host:port
 */
export function watchEngine(engineAddress: string, onGone: () => void): void {
    const session = connect(`http://${engineAddress}`);
    session.on("error", () => {});
    session.on("close", onGone);
}
