/** Secrets in a key/value engine of version 2, as a resource and as functions. */

import type { Invoke } from "../provider/model.js";
import type { JsonObject, Properties } from "../provider/values.js";
import type { VaultClient } from "./client.js";
import type { Row } from "./types.js";

/**
 * A secret that the program writes. Its value is never read back, so that a change behind the program's back is not
 * seen: the official plugin has the same gap.
 */
export const secretV2: Row = {
    properties: {
        mount: { field: "mount", type: "string", required: true, replace: true, apart: true },
        name: { field: "name", type: "string", required: true, replace: true, apart: true, autoname: true },
        dataJson: { field: "data_json", type: "string", writeOnly: true },
        cas: { field: "cas", type: "number", apart: true },
        options: { field: "options", type: "map", apart: true },
        disableRead: { field: "disable_read", type: "boolean", default: false, apart: true },
        deleteAllVersions: { field: "delete_all_versions", type: "boolean", default: false, apart: true },
    },
    outputs: { path: "path", data: "data", metadata: "metadata" },
    id: ({ mount, name }) => `${String(mount)}/data/${String(name)}`,
    fromId: (id) => {
        const [mount = "", name = ""] = id.split(/\/data\/(.*)/);
        return { mount, name };
    },
    create: (vault, path, _body, inputs) => writeSecret(vault, path, inputs),
    async read(vault, path, known): Promise<JsonObject | undefined> {
        if (known.disableRead === true) {
            return { path };
        }
        const answer = await vault.read(path);
        const metadata = answer?.data.metadata as JsonObject | undefined;
        // Deleted versions answer with metadata and no data.
        return answer && answer.data.data !== null
            ? { path, data: {}, metadata: stringMap(metadata ?? {}) }
            : undefined;
    },
    async update(vault, path, _body, { news }) {
        await writeSecret(vault, path, news);
        return path;
    },
    delete: (vault, path, state) =>
        vault.delete(state.deleteAllVersions === true ? path.replace("/data/", "/metadata/") : path),
};

async function writeSecret(vault: VaultClient, path: string, inputs: Properties): Promise<void> {
    let data: JsonObject;
    try {
        data = JSON.parse(String(inputs.dataJson ?? "{}")) as JsonObject;
    } catch {
        // Without the parser's message: it quotes the secret.
        throw new Error(`${path}: dataJson is not JSON`);
    }
    await vault.write(path, inputs.cas === undefined ? { data } : { data, options: { cas: inputs.cas as number } });
}

// What these functions return is not marked secret: the official plugin does not mark it either.

/** `vault:kv/getSecretV2:getSecretV2`. */
export const getSecretV2 =
    (vault: VaultClient): Invoke =>
    async (args) => {
        const path = `${String(args.mount)}/data/${String(args.name)}`;
        const query = args.version === undefined ? "" : `?version=${String(args.version)}`;
        const answer = await vault.read(path + query);
        if (answer === undefined) {
            throw new Error(`no secret found at "${path}"`);
        }
        const data = (answer.data.data as JsonObject | null) ?? {};
        const metadata = (answer.data.metadata as JsonObject | null) ?? {};
        return {
            id: path,
            mount: args.mount ?? null,
            name: args.name ?? null,
            path,
            data: stringMap(data),
            dataJson: JSON.stringify(data),
            createdTime: metadata.created_time ?? "",
            deletionTime: metadata.deletion_time ?? "",
            destroyed: metadata.destroyed ?? false,
            version: metadata.version ?? 0,
            customMetadata: stringMap((metadata.custom_metadata as JsonObject | null) ?? {}),
        };
    };

/** `vault:generic/getSecret:getSecret`: any path, as Vault answers it. */
export const getSecret =
    (vault: VaultClient): Invoke =>
    async (args) => {
        const path = String(args.path);
        const answer = await vault.read(path);
        if (answer === undefined) {
            throw new Error(`no secret found at "${path}"`);
        }
        return {
            id: path,
            path,
            data: stringMap(answer.data),
            dataJson: JSON.stringify(answer.data),
            leaseId: answer.lease_id ?? "",
            leaseDuration: answer.lease_duration ?? 0,
            leaseRenewable: answer.renewable ?? false,
        };
    };

/** Values that are not strings as JSON. */
function stringMap(data: JsonObject): Record<string, string> {
    return Object.fromEntries(
        Object.entries(data).map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]),
    );
}
