/** Server-side apply: who owns a field, who may overwrite it, and how ownership is taken over and given up. */

import type { JsonObject } from "../provider/values.js";
import { ApiError, annotation, type KubernetesApi, metadataOf } from "./api.js";

/** Manager under which objects are created; an apply of the first update takes over from it. */
export const creator = "pulumi-kubernetes";

const ownNames = [creator, "pulumi-kubernetes.exe", "pulumi-resource-kubernetes"];

interface ManagedFields extends JsonObject {
    manager: string;
    operation: string;
    fieldsV1: JsonObject;
}

const managedFieldsOf = (object: JsonObject) =>
    (metadataOf(object).managedFields as ManagedFields[] | null | undefined) ?? [];

export interface ApplyOptions {
    readonly fieldManager: string;
    readonly force: boolean;
    readonly dryRun: boolean;
}

/** Applies the object, which need not exist. @throws ApiError; a conflict says how to go on */
export async function apply(
    api: KubernetesApi,
    object: JsonObject,
    { fieldManager, force, dryRun }: ApplyOptions,
): Promise<JsonObject> {
    try {
        return await api.send("PATCH", await api.path(object), {
            query: { fieldManager, force: String(force), ...(dryRun && { dryRun: "All" }) },
            body: object,
            contentType: "application/apply-patch+yaml",
        });
    } catch (error) {
        if (error instanceof ApiError && error.reason === "Conflict") {
            throw new ApiError(
                error.code,
                error.reason,
                `server-side apply field conflict detected: the resource managed by field manager "${fieldManager}" had an apply conflict: ${error.message}\n` +
                    "Set enablePatchForce on the provider, or the annotation pulumi.com/patchForce, to take the field over.",
                error.details,
            );
        }
        throw error;
    }
}

/** Gives up every field that the manager owns. */
export async function relinquish(api: KubernetesApi, object: JsonObject, fieldManager: string): Promise<void> {
    const { name, namespace } = metadataOf(object);
    const identity: JsonObject = {
        apiVersion: object.apiVersion ?? "",
        kind: object.kind ?? "",
        metadata: { name: name ?? "", ...(namespace !== undefined && { namespace }) },
    };
    await api.send("PATCH", await api.path(identity), {
        query: { fieldManager },
        body: identity,
        contentType: "application/apply-patch+yaml",
    });
}

/** Whether an apply overwrites the fields of other managers. `live` is undefined for a creation. */
export function mayForce(
    inputs: JsonObject,
    live: JsonObject | undefined,
    enablePatchForce: boolean,
    preview: boolean,
): boolean {
    if (enablePatchForce || annotation(inputs, "pulumi.com/patchForce") === "true") {
        return true;
    }
    if (live === undefined) {
        return preview;
    }
    const managers = managedFieldsOf(live);
    // A real update takes over from the creator first; a preview cannot, so it must not trip over it.
    const created = managers.some(({ manager, operation }) => operation === "Update" && ownNames.includes(manager));
    return managers.length === 0 || (preview && created);
}

/**
 * Makes `fieldManager` the owner of what kubectl and the creation own, so that the next apply does not conflict.
 *
 * @returns the object as it is afterwards
 */
export async function takeOver(api: KubernetesApi, live: JsonObject, fieldManager: string): Promise<JsonObject> {
    const managers = managedFieldsOf(live);
    const taken = managers.filter(isTakenOver);
    if (taken.length === 0) {
        return live;
    }
    const own = managers.find(({ manager, operation }) => manager === fieldManager && operation === "Apply");
    const first = own ?? taken[0];
    const merged = {
        ...first,
        manager: fieldManager,
        operation: "Apply",
        fieldsV1: [...(own ? [own] : []), ...taken].map(({ fieldsV1 }) => fieldsV1).reduce(unite),
    };
    const others = managers.filter((each) => each !== own && !taken.includes(each));
    return api.send("PATCH", await api.path(live), {
        body: [
            { op: "replace", path: "/metadata/managedFields", value: [merged, ...others] },
            { op: "replace", path: "/metadata/resourceVersion", value: metadataOf(live).resourceVersion ?? "" },
        ],
        contentType: "application/json-patch+json",
    });
}

function isTakenOver({ manager, operation, subresource }: ManagedFields): boolean {
    if (subresource !== undefined && subresource !== "") {
        return false;
    }
    return operation === "Update"
        ? ["kubectl", "before-first-apply", ...ownNames].some((name) => manager.startsWith(name))
        : manager.startsWith("kubectl");
}

/** Union of two field sets. */
function unite(a: JsonObject, b: JsonObject): JsonObject {
    const union: JsonObject = { ...a };
    for (const [name, fields] of Object.entries(b)) {
        const mine = union[name];
        union[name] = mine === undefined ? fields : unite(mine as JsonObject, fields as JsonObject);
    }
    return union;
}

/**
 * Inputs for an apply that respects `ignoreChanges`: a field of another manager is left out, any other keeps its live
 * value. Paths through arrays are not understood; the official plugin does not understand them either.
 */
export function withoutIgnored(
    inputs: JsonObject,
    live: JsonObject,
    ignored: readonly string[],
    fieldManager: string,
): JsonObject {
    const result = structuredClone(inputs);
    const managers = managedFieldsOf(live);
    for (const path of ignored.map((each) => each.split("."))) {
        const owners = managers
            .filter(({ fieldsV1 }) => path.reduce<JsonObject | undefined>(field, fieldsV1))
            .map((each) => each.manager);
        const liveValue = path.reduce<unknown>((value, name) => (value as JsonObject | undefined)?.[name], live);
        const parent = path
            .slice(0, -1)
            .reduce<JsonObject | undefined>((value, name) => value?.[name] as JsonObject | undefined, result);
        const name = path.at(-1) ?? "";
        if (parent === undefined) {
            continue;
        }
        if (owners.length > 0 && !owners.includes(fieldManager)) {
            delete parent[name];
        } else if (liveValue !== undefined) {
            parent[name] = liveValue as JsonObject[string];
        }
    }
    return result;
}

const field = (set: JsonObject | undefined, name: string) => set?.[`f:${name}`] as JsonObject | undefined;
