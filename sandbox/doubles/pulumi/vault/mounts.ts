/** Secrets engines and auth methods: what is mounted, and how it is tuned. */

import type { Change } from "../provider/model.js";
import type { Json, JsonObject, Properties } from "../provider/values.js";
import { type VaultClient, VaultError } from "./client.js";
import type { PropertyTable } from "./properties.js";
import type { Row } from "./types.js";

/** Properties that every secrets engine has. */
export const engineProperties = {
    path: { field: "path", type: "string", required: true, apart: true },
    description: { field: "description", type: "string", apart: true },
    defaultLeaseTtlSeconds: { field: "default_lease_ttl", type: "number", computed: true, apart: true },
    maxLeaseTtlSeconds: { field: "max_lease_ttl", type: "number", computed: true, apart: true },
    local: { field: "local", type: "boolean", replace: true, apart: true },
    sealWrap: { field: "seal_wrap", type: "boolean", replace: true, computed: true, apart: true },
    options: { field: "options", type: "map", apart: true },
} as const satisfies PropertyTable;

/** Row of a secrets engine whose type is an input. */
export const mount: Row = engine({
    type: { field: "type", type: "string", required: true, replace: true, apart: true },
});

/**
 * Row of a secrets engine.
 *
 * @param properties its own properties beside {@link engineProperties}; those not `apart` are written to `<path>/config`
 * @param type the engine's type where it is not an input
 */
export function engine(properties: PropertyTable, type?: string): Row {
    const configured = Object.values(properties).some(({ apart }) => !apart);
    return {
        properties: { ...engineProperties, ...properties },
        id: ({ path }) => trim(path),
        fromId: (id) => ({ path: id }),
        outputs: { accessor: "accessor" },
        async create(vault, path, body, inputs) {
            await vault.write(`sys/mounts/${path}`, {
                type: type ?? (inputs.type as string),
                description: (inputs.description as string | undefined) ?? "",
                local: (inputs.local as boolean | undefined) ?? false,
                seal_wrap: (inputs.sealWrap as boolean | undefined) ?? false,
                config: leaseTimes(inputs),
                options: (inputs.options as JsonObject | undefined) ?? {},
            });
            if (configured) {
                await vault.write(`${path}/config`, body);
            }
        },
        async read(vault, path, known) {
            const mounted = await mountAt(vault, "sys/mounts", path);
            const config = configured ? (await vault.read(`${path}/config`))?.data : {};
            return mounted && config && { ...config, ...mountedFields(mounted, known) };
        },
        async update(vault, id, body, change) {
            const path = await remount(vault, id, change, "");
            await vault.write(`sys/mounts/${path}/tune`, {
                ...leaseTimes(change.news),
                options: (change.news.options as JsonObject | undefined) ?? {},
                description: (change.news.description as string | undefined) ?? "",
            });
            if (configured) {
                await vault.write(`${path}/config`, body);
            }
            return path;
        },
        delete: (vault, path) => unmount(vault, `sys/mounts/${path}`),
    };
}

/** Row of an auth method. */
export const authMethod: Row = {
    properties: {
        type: { field: "type", type: "string", required: true, replace: true },
        path: { field: "path", type: "string", computed: true },
        description: { field: "description", type: "string" },
        local: { field: "local", type: "boolean", replace: true },
        tune: { field: "tune", type: "map", computed: true },
    },
    id: ({ path, type }) => trim(path ?? type),
    fromId: (id) => ({ path: id }),
    outputs: { accessor: "accessor" },
    async create(vault, path, _body, inputs) {
        await vault.write(`sys/auth/${path}`, {
            type: inputs.type as string,
            description: (inputs.description as string | undefined) ?? "",
            local: (inputs.local as boolean | undefined) ?? false,
        });
        await tune(vault, path, inputs, {});
    },
    async read(vault, path, known) {
        const mounted = await mountAt(vault, "sys/auth", path);
        return mounted && { ...mountedFields(mounted, known), path, tune: tuning(mounted, known.tune as JsonObject) };
    },
    async update(vault, id, _body, change) {
        const path = await remount(vault, id, change, "auth/");
        await tune(vault, path, change.news, {
            description: (change.news.description as string | undefined) ?? "",
        });
        return path;
    },
    delete: (vault, path) => unmount(vault, `sys/auth/${path}`),
};

async function mountAt(vault: VaultClient, table: string, path: string): Promise<JsonObject | undefined> {
    const mounts = (await vault.read(table))?.data;
    return mounts?.[`${path}/`] as JsonObject | undefined;
}

function mountedFields(mounted: JsonObject, known: Properties): JsonObject {
    const config = (mounted.config as JsonObject | null) ?? {};
    const options = { ...((mounted.options as JsonObject | null) ?? {}) };
    let type = mounted.type as Json;
    // kv-v2 is another name for kv with version 2; without this it would differ for ever.
    if (known.type === "kv-v2" && type === "kv" && options.version === "2") {
        type = "kv-v2";
        if ((known.options as JsonObject | undefined)?.version === undefined) {
            delete options.version;
        }
    }
    return {
        type,
        options,
        description: mounted.description as Json,
        local: mounted.local as Json,
        seal_wrap: (mounted.seal_wrap as Json | undefined) ?? false,
        accessor: mounted.accessor as Json,
        default_lease_ttl: config.default_lease_ttl as Json,
        max_lease_ttl: config.max_lease_ttl as Json,
    };
}

function leaseTimes(inputs: Properties): JsonObject {
    const seconds = (value: unknown) => `${typeof value === "number" ? value : 0}s`;
    return {
        default_lease_ttl: seconds(inputs.defaultLeaseTtlSeconds),
        max_lease_ttl: seconds(inputs.maxLeaseTtlSeconds),
    };
}

async function remount(vault: VaultClient, from: string, { news }: Change, prefix: string): Promise<string> {
    const to = news.path === undefined ? from : trim(news.path);
    if (to !== from) {
        await vault.write("sys/remount", { from: prefix + from, to: prefix + to });
    }
    return to;
}

async function unmount(vault: VaultClient, path: string): Promise<void> {
    try {
        await vault.delete(path);
    } catch (error) {
        // Vault answers 400 for a path that is not mounted.
        if (!(error instanceof VaultError && error.status === 400 && /no matching mount/.test(error.message))) {
            throw error;
        }
    }
}

const tuneFields: Readonly<Record<string, string>> = {
    defaultLeaseTtl: "default_lease_ttl",
    maxLeaseTtl: "max_lease_ttl",
    listingVisibility: "listing_visibility",
    tokenType: "token_type",
};

async function tune(vault: VaultClient, path: string, inputs: Properties, fields: JsonObject): Promise<void> {
    const body: JsonObject = { ...fields };
    for (const [name, value] of Object.entries((inputs.tune as JsonObject | undefined) ?? {})) {
        const field = tuneFields[name];
        if (field === undefined) {
            throw new Error(
                `auth method ${path}: tune.${name} is not supported; known are ${Object.keys(tuneFields).join(", ")}`,
            );
        }
        body[field] = value;
    }
    if (Object.keys(body).length > 0) {
        await vault.write(`sys/auth/${path}/tune`, body);
    }
}

/** The live values of the settings in `wanted`; durations that mean the same keep the program's notation. */
function tuning(mounted: JsonObject, wanted: JsonObject | undefined): JsonObject | null {
    if (wanted === undefined) {
        return null;
    }
    const config = (mounted.config as JsonObject | null) ?? {};
    return Object.fromEntries(
        Object.entries(wanted).map(([name, value]) => {
            const live = config[tuneFields[name] ?? ""] ?? null;
            const same = typeof live === "number" && typeof value === "string" && seconds(value) === live;
            return [name, same ? value : typeof live === "number" ? `${live}s` : live];
        }),
    );
}

function seconds(duration: string): number {
    const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };
    return [...duration.matchAll(/(\d+)([smh])/g)].reduce(
        (sum, [, count, unit]) => sum + Number(count) * (units[unit ?? "s"] ?? 1),
        0,
    );
}

function trim(path: unknown): string {
    return String(path).replace(/^\/+|\/+$/g, "");
}
