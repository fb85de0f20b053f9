/** How an object lies in the state, and what of it is secret. */

import { isProperties, type JsonObject, type Properties, Secret } from "../provider/values.js";
import { metadataOf } from "./api.js";
import { fromServer, toServer } from "./kinds.js";
import { isCore, normalize } from "./shape.js";

/** The state of an object: its live form, and beside it what it was made from. */
export function checkpoint(
    inputs: Properties,
    live: JsonObject,
    initialApiVersion: string,
    fieldManager: string,
): Properties {
    return {
        ...hideSecretData(fromServer(live)),
        __inputs: hideSecretData(inputs),
        __initialApiVersion: initialApiVersion,
        __fieldManager: fieldManager,
    };
}

/** The live object in a state. */
export function liveIn({ __inputs, __initialApiVersion, __fieldManager, ...live }: Properties): Properties {
    return toServer(live);
}

/** The inputs that a state was made from. */
export const inputsIn = ({ __inputs }: Properties): Properties => (isProperties(__inputs) ? __inputs : {});

/** The data of a Secret is secret, whether the program said so or not. */
export function hideSecretData(object: Properties): Properties {
    if (!isCore(object, "Secret")) {
        return object;
    }
    const hidden: Properties = { ...object };
    for (const name of ["data", "stringData"]) {
        const value = hidden[name];
        if (value !== undefined && value !== null && !(value instanceof Secret)) {
            hidden[name] = new Secret(value);
        }
    }
    return hidden;
}

/** The object as the program may see it before it exists. */
export function withoutStatus({ status, ...object }: JsonObject): JsonObject {
    return object;
}

/** `namespace/name`, or the name of an object without a namespace. */
export function idOf(object: JsonObject): string {
    const { name, namespace } = metadataOf(object);
    return namespace === undefined ? String(name) : `${String(namespace)}/${String(name)}`;
}

/** apiVersion, kind and name of an object that is known by its id and token only. */
export function identityOf(id: string, token: string): Properties {
    const [, groupVersion = "", kind = ""] = token.split(":");
    return withIdentity({ apiVersion: groupVersion.replace(/^core\//, ""), kind: kind.replace(/Patch$/, "") }, id);
}

/** The object with the name and namespace that its id says. */
export function withIdentity(object: Properties, id: string): Properties {
    const [name = "", namespace] = id.split("/").reverse();
    return { ...object, metadata: { ...(namespace && { namespace }), ...(object.metadata as Properties), name } };
}

/** Inputs for an object that was not created by the program: everything that is not the server's own. */
export function importedInputs({ status, ...live }: JsonObject): Properties {
    const { annotations, ...metadata } = metadataOf(normalize(live) as JsonObject);
    const kept = Object.fromEntries(
        Object.entries((annotations as JsonObject | undefined) ?? {}).filter(
            ([name]) =>
                name !== "deployment.kubernetes.io/revision" &&
                name !== "kubectl.kubernetes.io/last-applied-configuration",
        ),
    );
    return fromServer({
        ...live,
        metadata: { ...metadata, ...(Object.keys(kept).length > 0 && { annotations: kept }) },
    });
}
