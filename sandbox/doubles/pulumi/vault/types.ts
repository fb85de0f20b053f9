/** How a row of the table becomes a resource type. */

import type { Change, Live, ResourceCall, ResourceType } from "../provider/model.js";
import type { JsonObject, Properties } from "../provider/values.js";
import type { VaultClient } from "./client.js";
import {
    compare,
    completeInputs,
    inputFailures,
    inputsOf,
    outputsOf,
    type PropertyTable,
    requestBody,
} from "./properties.js";

/** One resource type: its properties and what Vault is asked to do. */
export interface Row {
    readonly properties: PropertyTable;
    /** The id, which for most types is the path. */
    id(inputs: Properties): string;
    /** Properties that follow from the id, for imports. */
    fromId?(id: string): Properties;
    /** Outputs that are no inputs, by the name of the field in Vault's answer. */
    readonly outputs?: Readonly<Record<string, string>>;
    create(vault: VaultClient, id: string, body: JsonObject, inputs: Properties): Promise<void>;
    /** Undefined if it is gone. */
    read(vault: VaultClient, id: string, known: Properties): Promise<JsonObject | undefined>;
    /** Resolves with the id, which a new path changes. */
    update(vault: VaultClient, id: string, body: JsonObject, change: Change): Promise<string>;
    delete(vault: VaultClient, id: string, state: Properties): Promise<void>;
}

/** The resource type of a row. */
export function resourceType(row: Row, vault: VaultClient): ResourceType {
    const table = row.properties;

    const live = async (id: string, known: Properties): Promise<Properties | undefined> => {
        const answer = await row.read(vault, id, known);
        if (answer === undefined) {
            return undefined;
        }
        const outputs = outputsOf(table, answer, known);
        for (const [name, field] of Object.entries(row.outputs ?? {})) {
            const value = answer[field];
            if (value !== undefined && value !== null) {
                outputs[name] = value;
            }
        }
        return outputs;
    };
    const liveAfterWrite = async (id: string, known: Properties): Promise<Properties> => {
        const outputs = await live(id, known);
        if (outputs === undefined) {
            throw new Error(`${id} was written, but Vault does not have it now`);
        }
        return outputs;
    };

    return {
        check(news: Properties, olds: Properties | undefined, call: ResourceCall) {
            const name = Object.entries(table).find(([, property]) => property.autoname)?.[0];
            const oldName = name === undefined ? undefined : olds?.[name];
            const inputs = completeInputs(table, news, () =>
                typeof oldName === "string" ? oldName : call.uniqueName(),
            );
            return { inputs, failures: inputFailures(table, inputs) };
        },
        diff: ({ state, news }) => {
            const changes = compare(table, state, news);
            const replaces = [...changes.values()].some(({ replace }) => replace);
            const named = Object.entries(table).filter(([, property]) => property.autoname);
            return { changes, deleteBeforeReplace: replaces && named.every(([name]) => !changes.has(name)) };
        },
        async create(inputs, preview) {
            if (preview) {
                return { id: "", state: { ...inputs } };
            }
            const id = row.id(inputs);
            await row.create(vault, id, requestBody(table, {}, inputs), inputs);
            return { id, state: await liveAfterWrite(id, inputs) };
        },
        async read(id, state, inputs): Promise<Live | undefined> {
            const known = { ...row.fromId?.(id), ...state, ...inputs };
            const outputs = await live(id, known);
            return outputs && { id, state: outputs, inputs: inputsOf(table, outputs, inputs) };
        },
        async update(change, preview) {
            if (preview) {
                return { ...change.state, ...change.news };
            }
            const id = await row.update(vault, change.id, requestBody(table, change.state, change.news), change);
            return liveAfterWrite(id, change.news);
        },
        delete: (id, state) => row.delete(vault, id, state),
    };
}

/** A document at one path: written, read and deleted there. */
export function document(
    properties: PropertyTable,
    id: (inputs: Properties) => string,
    fromId: (id: string) => Properties,
): Row {
    return {
        properties,
        id,
        fromId,
        create: async (vault, path, body) => void (await vault.write(path, body)),
        read: async (vault, path) => (await vault.read(path))?.data,
        update: async (vault, path, body) => {
            await vault.write(path, body);
            return path;
        },
        delete: (vault, path) => vault.delete(path),
    };
}
