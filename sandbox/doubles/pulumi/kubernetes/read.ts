/** Reading an object, known to the state or not. */

import { PartialFailure, type ResourceCall } from "../provider/model.js";
import type { JsonObject, Properties } from "../provider/values.js";
import { ApiError, NoMatchError, UnreachableError } from "./api.js";
import { checkReady, NotReadyError } from "./await.js";
import { checkpoint, hideSecretData, identityOf, importedInputs, withIdentity } from "./checkpoint.js";
import type { ObjectContext } from "./context.js";
import { reasonsOf } from "./failures.js";
import { fromServer, toServer } from "./kinds.js";
import { normalize, prune } from "./shape.js";

export async function readObject(
    context: ObjectContext,
    id: string,
    state: Properties,
    inputs: Properties | undefined,
    call: ResourceCall,
) {
    const imported = inputs === undefined;
    const known = normalize(inputs ?? identityOf(id, call.token));
    const identity = withIdentity(known, id);
    let live: JsonObject;
    try {
        live = await context.api.send("GET", await context.api.path(identity as JsonObject));
    } catch (error) {
        if (error instanceof NoMatchError || (error instanceof ApiError && error.code === 404)) {
            return undefined;
        }
        if (error instanceof UnreachableError && context.options.deleteUnreachable) {
            context.log.info(call.urn, `${error.message}; deleteUnreachable takes the resource out of the state`);
            return undefined;
        }
        if (error instanceof UnreachableError && context.options.skipUpdateUnreachable) {
            context.log.info(call.urn, `${error.message}; skipUpdateUnreachable leaves the state as it is`);
            return { id, state, inputs: inputs ?? {} };
        }
        throw error instanceof UnreachableError
            ? new Error(
                  `failed to read resource state due to unreachable cluster: ${error.message}. If the cluster was deleted, run again with PULUMI_K8S_DELETE_UNREACHABLE=true`,
              )
            : error;
    }
    const liveInputs = imported ? importedInputs(live) : fromServer(prune(live, toServer(known)));
    const manager = context.fieldManagerOf(state, known);
    const apiVersion = String(state.__initialApiVersion ?? known.apiVersion);
    const result = {
        id,
        state: checkpoint(liveInputs, live, apiVersion, manager),
        inputs: hideSecretData(liveInputs),
    };
    if (!imported) {
        await checkReady(context.api, known as JsonObject, live).catch((error: unknown) => {
            throw error instanceof NotReadyError ? new PartialFailure(error.message, result, reasonsOf(error)) : error;
        });
    }
    return result;
}
