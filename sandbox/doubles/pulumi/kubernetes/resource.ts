/** The one resource type of the kubernetes package: any kind, and its `…Patch` form. */

import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import {
    type Change,
    type EngineLog,
    PartialFailure,
    type ResourceCall,
    type ResourceType,
} from "../provider/model.js";
import { hasUnknown, isProperties, type JsonObject, type Properties, reveal } from "../provider/values.js";
import { ApiError, annotation, type KubernetesApi, metadataOf, NoMatchError, UnreachableError } from "./api.js";
import { apply, creator, mayForce, relinquish, takeOver, withoutIgnored } from "./apply.js";
import { checkReady, NotReadyError, untilGone, untilReady } from "./await.js";
import {
    checkpoint,
    hideSecretData,
    identityOf,
    idOf,
    importedInputs,
    inputsIn,
    liveIn,
    withIdentity,
    withoutStatus,
} from "./checkpoint.js";
import { cannotBePreviewed, createFailure, messageOf, reasonsOf } from "./failures.js";
import { fromServer, isBuiltIn, mayHaveNamespace, toServer } from "./kinds.js";
import { type Mutability, replacingPaths } from "./replacing.js";
import { compareObjects, normalize, prune } from "./shape.js";

export interface Options {
    readonly defaultNamespace: string;
    readonly enablePatchForce: boolean;
    readonly upsertExistingObjects: boolean;
    readonly deleteUnreachable: boolean;
    readonly skipUpdateUnreachable: boolean;
    readonly mutable: Mutability;
}

const autonamed = "pulumi.com/autonamed";
const notFoundRetries = 5;

/** @param patch the token is that of a `…Patch`: fields of an object that somebody else owns */
export function objectType(api: KubernetesApi, options: Options, patch: boolean, log: EngineLog): ResourceType {
    const fieldManagerOf = (state: Properties, inputs: Properties): string =>
        annotation(inputs as JsonObject, "pulumi.com/patchFieldManager") ??
        (typeof state.__fieldManager === "string"
            ? state.__fieldManager
            : `pulumi-kubernetes-${randomBytes(4).toString("hex")}`);

    /** Undefined if the server does not know the kind, or does not answer. */
    const resourceOf = (object: Properties) =>
        api.resource(object as JsonObject).catch((error: unknown) => {
            if (error instanceof NoMatchError || error instanceof UnreachableError) {
                return undefined;
            }
            throw error;
        });

    const isNamespaced = async (object: Properties) =>
        (await resourceOf(object))?.namespaced ?? mayHaveNamespace(object);

    /** What is sent for the inputs. A namespace that was assumed before the kind was known is taken back. */
    const objectFor = async (inputs: Properties): Promise<JsonObject> => {
        const object = toServer(reveal(inputs)) as JsonObject;
        if (await isNamespaced(inputs)) {
            return object;
        }
        const { namespace: _, ...metadata } = metadataOf(object);
        return { ...object, metadata };
    };

    const send = async (inputs: JsonObject, manager: string, preview: boolean): Promise<JsonObject> => {
        if (patch || options.upsertExistingObjects) {
            const force = mayForce(inputs, undefined, options.enablePatchForce, preview);
            return apply(api, inputs, { fieldManager: manager, force, dryRun: preview });
        }
        return api.send("POST", await api.collection(inputs), {
            query: { fieldManager: creator, ...(preview && { dryRun: "All" }) },
            body: inputs,
        });
    };

    /** Objects may come before their namespace or definition: those errors are tried again for a while. */
    const sendUntilPossible = async (inputs: Properties, manager: string, call: ResourceCall): Promise<JsonObject> => {
        for (let attempt = 0; ; attempt++) {
            try {
                return await send(await objectFor(inputs), manager, false);
            } catch (error) {
                const mayCome = error instanceof NoMatchError || (error instanceof ApiError && error.code === 404);
                if (!mayCome || attempt === notFoundRetries || call.cancelled.aborted) {
                    throw error;
                }
                log.status(call.urn, `Retry #${attempt}; creation failed: ${error.message}`);
                await sleep(1000 * 2 ** attempt, undefined, { signal: call.cancelled }).catch(() => {});
            }
        }
    };

    const create = async (inputs: Properties, preview: boolean, call: ResourceCall) => {
        if (preview && (patch || hasUnknown(inputs) || (await resourceOf(inputs)) === undefined)) {
            return { id: "", state: inputs };
        }
        const object = await objectFor(inputs);
        const manager = fieldManagerOf({}, inputs);
        const apiVersion = String(inputs.apiVersion);
        if (preview) {
            const live = await send(object, manager, true).catch((error: unknown) => {
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
        const created = await sendUntilPossible(inputs, manager, call).catch((error: Error) => {
            throw new Error(createFailure(call.urn, apiVersion, error));
        });
        const ready = await untilReady(api, object, created, call, log).catch((error: unknown) => {
            const live = error instanceof NotReadyError ? error.object : created;
            throw new PartialFailure(
                `resource "${call.urn}" was successfully created, but the Kubernetes API server reported that it failed to fully initialize or become live: ${messageOf(error)}`,
                { id: idOf(live), state: checkpoint(inputs, live, apiVersion, manager) },
                reasonsOf(error),
            );
        });
        return { id: idOf(ready), state: checkpoint(inputs, ready, apiVersion, manager) };
    };

    const update = async (change: Change, preview: boolean, call: ResourceCall): Promise<Properties> => {
        const news = normalize(change.news);
        if (preview && (hasUnknown(news) || (await resourceOf(news)) === undefined)) {
            return change.news;
        }
        const manager = fieldManagerOf(change.state, news);
        const oldManager = fieldManagerOf(change.state, inputsIn(change.state));
        const apiVersion = String(change.state.__initialApiVersion ?? news.apiVersion);
        const object = await objectFor(news);
        const path = await api.path(object);
        try {
            const before = await api.send("GET", path);
            const updated = await put(object, before, change, manager, preview, path);
            if (preview) {
                return checkpoint(news, updated, apiVersion, manager);
            }
            const ready = await untilReady(api, object, updated, call, log);
            if (oldManager !== manager) {
                await relinquish(api, ready, oldManager);
            }
            return checkpoint(news, ready, apiVersion, manager);
        } catch (error) {
            if (preview && error instanceof ApiError && error.reason === "Forbidden") {
                return change.news;
            }
            const live =
                error instanceof NotReadyError ? error.object : await api.send("GET", path).catch(() => undefined);
            if (live === undefined) {
                throw new Error(`update of resource "${call.urn}" failed: ${messageOf(error)}`);
            }
            throw new PartialFailure(
                `the Kubernetes API server reported that "${idOf(live)}" failed to fully initialize or become live: ${messageOf(error)}`,
                { id: idOf(live), state: checkpoint(news, live, apiVersion, manager) },
                reasonsOf(error),
            );
        }
    };

    const put = async (
        object: JsonObject,
        before: JsonObject,
        change: Change,
        manager: string,
        preview: boolean,
        path: string,
    ): Promise<JsonObject> => {
        if (object.kind === "CustomResourceDefinition") {
            const { resourceVersion } = metadataOf(before);
            return api.send("PUT", path, {
                query: { fieldManager: manager, ...(preview && { dryRun: "All" }) },
                body: { ...object, metadata: { ...metadataOf(object), resourceVersion: resourceVersion ?? "" } },
            });
        }
        const live = preview || patch ? before : await takeOver(api, before, manager);
        const force = mayForce(object, live, options.enablePatchForce, preview);
        const wanted = withoutIgnored(object, live, change.ignored, manager);
        return apply(api, wanted, { fieldManager: manager, force, dryRun: preview });
    };

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
                if (patch) {
                    throw new Error("patch resources require the `.metadata.name` field to be set");
                }
                const oldName =
                    olds && annotation(olds as JsonObject, autonamed) && metadataOf(olds as JsonObject).name;
                metadata.name = oldName || call.uniqueName();
                metadata.annotations = { ...(metadata.annotations as Properties | undefined), [autonamed]: "true" };
            }
            if (metadata.namespace === undefined && (await isNamespaced(inputs))) {
                metadata.namespace = options.defaultNamespace;
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
            const namespaced = await isNamespaced(after);
            for (const each of [before, after]) {
                const { namespace = "default", ...metadata } = (each.metadata as Properties | undefined) ?? {};
                each.metadata = namespaced ? { ...metadata, namespace } : metadata;
            }
            if (metadataOf(after as JsonObject).name !== undefined) {
                (before.metadata as Properties).name = metadataOf(live as JsonObject).name ?? "";
            }
            before.apiVersion ??= after.apiVersion ?? "";
            before.kind ??= after.kind ?? "";
            const replacing = patch ? replacingPaths({}, options.mutable) : replacingPaths(after, options.mutable);
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
        create,
        async read(id, state, inputs, call) {
            const imported = inputs === undefined;
            const known = normalize(inputs ?? identityOf(id, call.token));
            const identity = withIdentity(known, id);
            let live: JsonObject;
            try {
                live = await api.send("GET", await api.path(identity as JsonObject));
            } catch (error) {
                if (error instanceof NoMatchError || (error instanceof ApiError && error.code === 404)) {
                    return undefined;
                }
                if (error instanceof UnreachableError && options.deleteUnreachable) {
                    log.info(call.urn, `${error.message}; deleteUnreachable takes the resource out of the state`);
                    return undefined;
                }
                if (error instanceof UnreachableError && options.skipUpdateUnreachable) {
                    log.info(call.urn, `${error.message}; skipUpdateUnreachable leaves the state as it is`);
                    return { id, state, inputs: inputs ?? {} };
                }
                throw error instanceof UnreachableError
                    ? new Error(
                          `failed to read resource state due to unreachable cluster: ${error.message}. If the cluster was deleted, run again with PULUMI_K8S_DELETE_UNREACHABLE=true`,
                      )
                    : error;
            }
            const liveInputs = imported ? importedInputs(live) : fromServer(prune(live, toServer(known)));
            const manager = fieldManagerOf(state, known);
            const apiVersion = String(state.__initialApiVersion ?? known.apiVersion);
            const result = {
                id,
                state: checkpoint(liveInputs, live, apiVersion, manager),
                inputs: hideSecretData(liveInputs),
            };
            if (!imported) {
                await checkReady(api, known as JsonObject, live).catch((error: unknown) => {
                    throw error instanceof NotReadyError
                        ? new PartialFailure(error.message, result, reasonsOf(error))
                        : error;
                });
            }
            return result;
        },
        update,
        async delete(_id, state, call) {
            const live = liveIn(state) as JsonObject;
            const inputs = inputsIn(state) as JsonObject;
            try {
                if (patch) {
                    await relinquish(api, live, fieldManagerOf(state, inputs));
                    return;
                }
                const policy = annotation(inputs, "pulumi.com/deletionPropagationPolicy")?.toLowerCase();
                const propagationPolicy =
                    policy === "orphan" ? "Orphan" : policy === "background" ? "Background" : "Foreground";
                await api.send("DELETE", await api.path(live), { query: { propagationPolicy } });
                await untilGone(api, live, inputs, call);
            } catch (error) {
                if (error instanceof NoMatchError || (error instanceof ApiError && error.code === 404)) {
                    return;
                }
                if (error instanceof UnreachableError && options.deleteUnreachable) {
                    log.info(call.urn, `${error.message}; deleteUnreachable takes the resource out of the state`);
                    return;
                }
                if (patch && error instanceof ApiError && error.message.includes("Required value")) {
                    throw new Error(
                        "this Patch resource is currently managing a required field, so it can't be deleted directly. " +
                            `Either set the \`retainOnDelete\` resource option, or transfer ownership of the field before deleting: ${error.message}`,
                    );
                }
                if (error instanceof NotReadyError) {
                    const manager = fieldManagerOf(state, inputs);
                    const kept = checkpoint(inputs, error.object, String(live.apiVersion), manager);
                    throw new PartialFailure(error.message, { id: idOf(live), state: kept }, error.reasons);
                }
                throw error;
            }
        },
    };
}
