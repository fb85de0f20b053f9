/**
 * Stands between the engine and a policy pack.
 *
 * A pack learns its stack from environment variables, but the engine sends the stack only after the plugin serves. So
 * this server answers first, keeps the stack's configuration, and passes every other call on once the pack is there.
 */

import { Client, credentials, type handleUnaryCall, type MethodDefinition, type ServiceError } from "@grpc/grpc-js";
import { AnalyzerService } from "@pulumi/pulumi/proto/analyzer_grpc_pb.js";
import {
    AnalyzerHandshakeResponse,
    AnalyzerStackConfigureRequest,
    AnalyzerStackConfigureResponse,
} from "@pulumi/pulumi/proto/analyzer_pb.js";
import { listen, toServiceError, unlimitedMessages } from "../rpc/serve.js";

type RawMethod = MethodDefinition<Buffer, Buffer>;
const raw = (bytes: Buffer) => bytes;

export interface PolicyProxy {
    readonly port: number;
    /** The stack's configuration; undefined if the engine asks for anything else first. */
    readonly configuration: Promise<AnalyzerStackConfigureRequest | undefined>;
    /** Tells the proxy where the pack serves. */
    attach(port: number): void;
    /** Fails the calls that wait for the pack. */
    fail(error: Error): void;
}

/** Starts the proxy on a free loopback port. */
export async function startPolicyProxy(): Promise<PolicyProxy> {
    const configuration = deferred<AnalyzerStackConfigureRequest | undefined>();
    const pack = deferred<Client>();
    pack.promise.catch(() => {});

    const answer = (method: RawMethod): handleUnaryCall<Buffer, Buffer> => {
        if (method.path.endsWith("/Handshake")) {
            return (_call, callback) => callback(null, Buffer.from(new AnalyzerHandshakeResponse().serializeBinary()));
        }
        if (method.path.endsWith("/ConfigureStack")) {
            return (call, callback) => {
                configuration.resolve(AnalyzerStackConfigureRequest.deserializeBinary(call.request));
                callback(null, Buffer.from(new AnalyzerStackConfigureResponse().serializeBinary()));
            };
        }
        return (call, callback) => {
            configuration.resolve(undefined);
            pack.promise.then(
                (client) =>
                    client.makeUnaryRequest<Buffer, Buffer>(method.path, raw, raw, call.request, (error, response) =>
                        callback(error as ServiceError | null, response),
                    ),
                (error: unknown) => callback(toServiceError(error)),
            );
        };
    };

    const methods = Object.entries(AnalyzerService).map(([name, method]) => {
        const forwarded: RawMethod = {
            path: method.path,
            requestStream: false,
            responseStream: false,
            requestSerialize: raw,
            requestDeserialize: raw,
            responseSerialize: raw,
            responseDeserialize: raw,
        };
        return [name, forwarded, answer(forwarded)] as const;
    });
    const port = await listen(
        Object.fromEntries(methods.map(([name, method]) => [name, method])),
        Object.fromEntries(methods.map(([name, , handler]) => [name, handler])),
    );
    return {
        port,
        configuration: configuration.promise,
        attach: (packPort) =>
            pack.resolve(new Client(`127.0.0.1:${packPort}`, credentials.createInsecure(), unlimitedMessages)),
        fail: (error) => pack.reject(error),
    };
}

function deferred<T>() {
    let resolve: (value: T) => void = () => {};
    let reject: (error: Error) => void = () => {};
    const promise = new Promise<T>((onResolved, onRejected) => {
        resolve = onResolved;
        reject = onRejected;
    });
    return { promise, resolve, reject };
}
