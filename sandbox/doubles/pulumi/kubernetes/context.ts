/** What reading and writing one kind of object have in common. */

import { randomBytes } from "node:crypto";
import type { EngineLog } from "../provider/model.js";
import { type JsonObject, type Properties, reveal } from "../provider/values.js";
import { annotation, type KubernetesApi, metadataOf, NoMatchError, UnreachableError } from "./api.js";
import { mayHaveNamespace, toServer } from "./kinds.js";
import type { Mutability } from "./replacing.js";

export interface Options {
    readonly defaultNamespace: string;
    readonly enablePatchForce: boolean;
    readonly upsertExistingObjects: boolean;
    readonly deleteUnreachable: boolean;
    readonly skipUpdateUnreachable: boolean;
    readonly mutable: Mutability;
}

/** One resource type of a configured provider. */
export class ObjectContext {
    /** @param patch the token is that of a `…Patch`: fields of an object that somebody else owns */
    constructor(
        readonly api: KubernetesApi,
        readonly options: Options,
        readonly patch: boolean,
        readonly log: EngineLog,
    ) {}

    fieldManagerOf(state: Properties, inputs: Properties): string {
        return (
            annotation(inputs as JsonObject, "pulumi.com/patchFieldManager") ??
            (typeof state.__fieldManager === "string"
                ? state.__fieldManager
                : `pulumi-kubernetes-${randomBytes(4).toString("hex")}`)
        );
    }

    /** Undefined if the server does not know the kind, or does not answer. */
    resourceOf(object: Properties) {
        return this.api.resource(object as JsonObject).catch((error: unknown) => {
            if (error instanceof NoMatchError || error instanceof UnreachableError) {
                return undefined;
            }
            throw error;
        });
    }

    async isNamespaced(object: Properties): Promise<boolean> {
        return (await this.resourceOf(object))?.namespaced ?? mayHaveNamespace(object);
    }

    /** What is sent for the inputs. A namespace that was assumed before the kind was known is taken back. */
    async objectFor(inputs: Properties): Promise<JsonObject> {
        const object = toServer(reveal(inputs)) as JsonObject;
        if (await this.isNamespaced(inputs)) {
            return object;
        }
        const { namespace: _, ...metadata } = metadataOf(object);
        return { ...object, metadata };
    }
}
