/** Creating an object, or taking fields of one. */

import { setTimeout as sleep } from "node:timers/promises";
import { PartialFailure, type ResourceCall } from "../provider/model.js";
import { hasUnknown, type JsonObject, type Properties } from "../provider/values.js";
import { ApiError, NoMatchError } from "./api.js";
import { apply, creator, mayForce } from "./apply.js";
import { NotReadyError, untilReady } from "./await.js";
import { checkpoint, idOf, withoutStatus } from "./checkpoint.js";
import type { ObjectContext } from "./context.js";
import { cannotBePreviewed, createFailure, messageOf, reasonsOf } from "./failures.js";

const notFoundRetries = 5;

interface Created {
    /** Empty in a preview. */
    readonly id: string;
    readonly state: Properties;
}

export async function createObject(
    context: ObjectContext,
    inputs: Properties,
    preview: boolean,
    call: ResourceCall,
): Promise<Created> {
    if (preview && (context.patch || hasUnknown(inputs) || (await context.resourceOf(inputs)) === undefined)) {
        return { id: "", state: inputs };
    }
    const object = await context.objectFor(inputs);
    const manager = context.fieldManagerOf({}, inputs);
    const apiVersion = String(inputs.apiVersion);
    if (preview) {
        const live = await send(context, object, manager, true).catch((error: unknown) => {
            if (error instanceof ApiError && cannotBePreviewed(error)) {
                return undefined;
            }
            throw error;
        });
        return {
            id: "",
            state: live === undefined ? inputs : checkpoint(inputs, withoutStatus(live), apiVersion, manager),
        };
    }
    const created = await sendUntilPossible(context, inputs, manager, call).catch((error: Error) => {
        throw new Error(createFailure(call.urn, apiVersion, error));
    });
    const ready = await untilReady(context.api, object, created, call, context.log).catch((error: unknown) => {
        const live = error instanceof NotReadyError ? error.object : created;
        throw new PartialFailure(
            `resource "${call.urn}" was successfully created, but the Kubernetes API server reported that it failed to fully initialize or become live: ${messageOf(error)}`,
            { id: idOf(live), state: checkpoint(inputs, live, apiVersion, manager) },
            reasonsOf(error),
        );
    });
    return { id: idOf(ready), state: checkpoint(inputs, ready, apiVersion, manager) };
}

async function send(
    context: ObjectContext,
    inputs: JsonObject,
    manager: string,
    preview: boolean,
): Promise<JsonObject> {
    if (context.patch || context.options.upsertExistingObjects) {
        const force = mayForce(inputs, undefined, context.options.enablePatchForce, preview);
        return apply(context.api, inputs, { fieldManager: manager, force, dryRun: preview });
    }
    return context.api.send("POST", await context.api.collection(inputs), {
        query: { fieldManager: creator, ...(preview && { dryRun: "All" }) },
        body: inputs,
    });
}

/** Objects may come before their namespace or definition: those errors are tried again for a while. */
async function sendUntilPossible(
    context: ObjectContext,
    inputs: Properties,
    manager: string,
    call: ResourceCall,
): Promise<JsonObject> {
    for (let attempt = 0; ; attempt++) {
        try {
            return await send(context, await context.objectFor(inputs), manager, false);
        } catch (error) {
            const mayCome = error instanceof NoMatchError || (error instanceof ApiError && error.code === 404);
            if (!mayCome || attempt === notFoundRetries || call.cancelled.aborted) {
                throw error;
            }
            context.log.status(call.urn, `Retry #${attempt}; creation failed: ${error.message}`);
            await sleep(1000 * 2 ** attempt, undefined, { signal: call.cancelled }).catch(() => {});
        }
    }
}
