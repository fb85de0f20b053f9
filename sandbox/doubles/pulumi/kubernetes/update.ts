/** Changing an object. */

import { type Change, PartialFailure, type ResourceCall } from "../provider/model.js";
import { hasUnknown, type JsonObject, type Properties } from "../provider/values.js";
import { ApiError, metadataOf } from "./api.js";
import { apply, mayForce, relinquish, takeOver, withoutIgnored } from "./apply.js";
import { NotReadyError, untilReady } from "./await.js";
import { checkpoint, idOf, inputsIn } from "./checkpoint.js";
import type { ObjectContext } from "./context.js";
import { messageOf, reasonsOf } from "./failures.js";
import { normalize } from "./shape.js";

export async function updateObject(
    context: ObjectContext,
    change: Change,
    preview: boolean,
    call: ResourceCall,
): Promise<Properties> {
    const news = normalize(change.news);
    if (preview && (hasUnknown(news) || (await context.resourceOf(news)) === undefined)) {
        return change.news;
    }
    const manager = context.fieldManagerOf(change.state, news);
    const oldManager = context.fieldManagerOf(change.state, inputsIn(change.state));
    const apiVersion = String(change.state.__initialApiVersion ?? news.apiVersion);
    const object = await context.objectFor(news);
    const path = await context.api.path(object);
    try {
        const before = await context.api.send("GET", path);
        const updated = await put(context, object, before, change, manager, preview, path);
        if (preview) {
            return checkpoint(news, updated, apiVersion, manager);
        }
        const ready = await untilReady(context.api, object, updated, call, context.log);
        if (oldManager !== manager) {
            await relinquish(context.api, ready, oldManager);
        }
        return checkpoint(news, ready, apiVersion, manager);
    } catch (error) {
        if (preview && error instanceof ApiError && error.reason === "Forbidden") {
            return change.news;
        }
        const live =
            error instanceof NotReadyError ? error.object : await context.api.send("GET", path).catch(() => undefined);
        if (live === undefined) {
            throw new Error(`update of resource "${call.urn}" failed: ${messageOf(error)}`);
        }
        throw new PartialFailure(
            `the Kubernetes API server reported that "${idOf(live)}" failed to fully initialize or become live: ${messageOf(error)}`,
            { id: idOf(live), state: checkpoint(news, live, apiVersion, manager) },
            reasonsOf(error),
        );
    }
}

async function put(
    context: ObjectContext,
    object: JsonObject,
    before: JsonObject,
    change: Change,
    manager: string,
    preview: boolean,
    path: string,
): Promise<JsonObject> {
    if (object.kind === "CustomResourceDefinition") {
        const { resourceVersion } = metadataOf(before);
        return context.api.send("PUT", path, {
            query: { fieldManager: manager, ...(preview && { dryRun: "All" }) },
            body: { ...object, metadata: { ...metadataOf(object), resourceVersion: resourceVersion ?? "" } },
        });
    }
    const live = preview || context.patch ? before : await takeOver(context.api, before, manager);
    const force = mayForce(object, live, context.options.enablePatchForce, preview);
    const wanted = withoutIgnored(object, live, change.ignored, manager);
    return apply(context.api, wanted, { fieldManager: manager, force, dryRun: preview });
}
