/** The one resource type of the kubernetes package: any kind, and its `…Patch` form. */

import { PartialFailure, type ResourceType } from "../provider/model.js";
import { isProperties, type JsonObject, type Properties } from "../provider/values.js";
import { ApiError, annotation, metadataOf, NoMatchError, UnreachableError } from "./api.js";
import { relinquish } from "./apply.js";
import { NotReadyError, untilGone } from "./await.js";
import { checkpoint, hideSecretData, idOf, inputsIn, liveIn } from "./checkpoint.js";
import type { ObjectContext } from "./context.js";
import { createObject } from "./create.js";
import { fromServer, isBuiltIn } from "./kinds.js";
import { readObject } from "./read.js";
import { replacingPaths } from "./replacing.js";
import { compareObjects, normalize, prune } from "./shape.js";
import { updateObject } from "./update.js";

const autonamed = "pulumi.com/autonamed";

export function objectType(context: ObjectContext): ResourceType {
    return {
        async check(news, olds, call) {
            const inputs = normalize(news);
            const metadata: Properties = isProperties(inputs.metadata) ? { ...inputs.metadata } : {};
            if (String(inputs.kind).endsWith("List")) {
                throw new Error(`${call.token}: lists cannot be created; use the type of their items`);
            }
            if (metadata.generateName !== undefined) {
                throw new Error("the `.metadata.generateName` field is not supported in Server-Side Apply mode");
            }
            if (metadata.name === undefined) {
                if (context.patch) {
                    throw new Error("patch resources require the `.metadata.name` field to be set");
                }
                const oldName =
                    olds && annotation(olds as JsonObject, autonamed) && metadataOf(olds as JsonObject).name;
                metadata.name = oldName || call.uniqueName();
                metadata.annotations = { ...(metadata.annotations as Properties | undefined), [autonamed]: "true" };
            }
            if (metadata.namespace === undefined && (await context.isNamespaced(inputs))) {
                metadata.namespace = context.options.defaultNamespace;
            }
            const checked: Properties = { ...inputs, metadata };
            return { inputs: hideSecretData(checked) };
        },
        async diff({ state, news }) {
            const live = fromServer(liveIn(state));
            const oldInputs = normalize(inputsIn(state));
            const after = normalize(news);
            const before = prune(live, oldInputs);
            const builtIn = isBuiltIn(String(after.apiVersion));
            const namespaced = await context.isNamespaced(after);
            for (const each of [before, after]) {
                const { namespace = "default", ...metadata } = (each.metadata as Properties | undefined) ?? {};
                each.metadata = namespaced ? { ...metadata, namespace } : metadata;
            }
            if (metadataOf(after as JsonObject).name !== undefined) {
                (before.metadata as Properties).name = metadataOf(live as JsonObject).name ?? "";
            }
            before.apiVersion ??= after.apiVersion ?? "";
            before.kind ??= after.kind ?? "";
            const replacing = context.patch
                ? replacingPaths({}, context.options.mutable)
                : replacingPaths(after, context.options.mutable);
            const changes = compareObjects(before, after, { replacing, builtIn });
            const replaces = [...changes.values()].some(({ replace }) => replace);
            const sameName =
                metadataOf(after as JsonObject).name === metadataOf(live as JsonObject).name &&
                (metadataOf(after as JsonObject).namespace ?? "default") ===
                    (metadataOf(live as JsonObject).namespace ?? "default");
            return {
                changes,
                deleteBeforeReplace: replaces && sameName && annotation(after as JsonObject, autonamed) !== "true",
            };
        },
        create: (inputs, preview, call) => createObject(context, inputs, preview, call),
        read: (id, state, inputs, call) => readObject(context, id, state, inputs, call),
        update: (change, preview, call) => updateObject(context, change, preview, call),
        async delete(_id, state, call) {
            const live = liveIn(state) as JsonObject;
            const inputs = inputsIn(state) as JsonObject;
            try {
                if (context.patch) {
                    await relinquish(context.api, live, context.fieldManagerOf(state, inputs));
                    return;
                }
                const policy = annotation(inputs, "pulumi.com/deletionPropagationPolicy")?.toLowerCase();
                const propagationPolicy =
                    policy === "orphan" ? "Orphan" : policy === "background" ? "Background" : "Foreground";
                await context.api.send("DELETE", await context.api.path(live), { query: { propagationPolicy } });
                await untilGone(context.api, live, inputs, call);
            } catch (error) {
                if (error instanceof NoMatchError || (error instanceof ApiError && error.code === 404)) {
                    return;
                }
                if (error instanceof UnreachableError && context.options.deleteUnreachable) {
                    context.log.info(
                        call.urn,
                        `${error.message}; deleteUnreachable takes the resource out of the state`,
                    );
                    return;
                }
                if (context.patch && error instanceof ApiError && error.message.includes("Required value")) {
                    throw new Error(
                        "this Patch resource is currently managing a required field, so it can't be deleted directly. " +
                            `Either set the \`retainOnDelete\` resource option, or transfer ownership of the field before deleting: ${error.message}`,
                    );
                }
                if (error instanceof NotReadyError) {
                    const manager = context.fieldManagerOf(state, inputs);
                    const kept = checkpoint(inputs, error.object, String(live.apiVersion), manager);
                    throw new PartialFailure(error.message, { id: idOf(live), state: kept }, error.reasons);
                }
                throw error;
            }
        },
    };
}
