import * as grpc from "@grpc/grpc-js";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb.js";
import { Status } from "@pulumi/pulumi/proto/status_pb.js";
import { Any } from "google-protobuf/google/protobuf/any_pb.js";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb.js";

export interface Reply {
    serializeBinary(): Uint8Array;
}

/** An asynchronous method as gRPC wants it. */
export function reply<Q>(
    act: (call: grpc.ServerUnaryCall<Q, unknown>) => Promise<Reply>,
): grpc.handleUnaryCall<Q, Reply> {
    return (call, callback) => {
        act(call).then(
            (message) => callback(null, message),
            (error: unknown) => callback(isStatus(error) ? error : failure(String(error))),
        );
    };
}

export function isStatus(error: unknown): error is grpc.ServiceError {
    return error instanceof Error && "code" in error && typeof error.code === "number";
}

/** What the engine prints as the error of a resource: the message alone, no stack. */
export function failure(message: string, metadata = new grpc.Metadata()): grpc.ServiceError {
    const code = grpc.status.UNKNOWN;
    return Object.assign(new Error(message), { code, details: message, metadata });
}

/** Tells the engine to keep a resource although it is not as declared; it then tries again in the next run. */
export function incompleteFailure(id: string, properties: Struct, reason: string): grpc.ServiceError {
    const detail = new ErrorResourceInitFailed();
    detail.setId(id);
    detail.setProperties(properties);
    detail.setReasonsList([reason]);
    const packed = new Any();
    packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const status = new Status();
    status.setCode(grpc.status.UNKNOWN);
    status.setMessage(reason);
    status.setDetailsList([packed]);
    const metadata = new grpc.Metadata();
    metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
    return failure(reason, metadata);
}
