/** Tells the engine of an operation that changed the server but did not come to its end. */

import { Metadata, status } from "@grpc/grpc-js";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb.js";
import { Status } from "@pulumi/pulumi/proto/status_pb.js";
import anyProto from "google-protobuf/google/protobuf/any_pb.js";
import { PartialFailure } from "./model.js";
import { encode, keepSecrets, type Properties, protectState } from "./values.js";

/** An error with the resource's state attached if it is a {@link PartialFailure}, else the error itself. */
export function partialFailure(error: unknown, secrets: Properties): unknown {
    if (!(error instanceof PartialFailure)) {
        return error;
    }
    const detail = new ErrorResourceInitFailed();
    detail.setId(error.live.id);
    detail.setProperties(encode(protectState(error.live.state, secrets)));
    if (error.live.inputs !== undefined) {
        detail.setInputs(encode(keepSecrets(error.live.inputs, secrets)));
    }
    detail.setReasonsList([error.message, ...error.reasons]);

    const any = new anyProto.Any();
    any.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const rpcStatus = new Status();
    rpcStatus.setCode(status.UNKNOWN);
    rpcStatus.setMessage(error.message);
    rpcStatus.addDetails(any);

    const metadata = new Metadata();
    metadata.set("grpc-status-details-bin", Buffer.from(rpcStatus.serializeBinary()));
    return Object.assign(new Error(error.message), { metadata });
}
