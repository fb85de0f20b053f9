import type { components } from "@octokit/openapi-types";
import { readJson, writeAtomically } from "../../lib/files.js";
import type { Account } from "./emulator.js";

type Schemas = components["schemas"];

export interface StoredSecret {
    readonly created_at: string;
    readonly updated_at: string;
    /** Base64 of a NaCl sealed box for the key pair below. */
    readonly encrypted_value: string;
}

export type StoredVariable = Schemas["actions-variable"];

export interface StoredHook {
    readonly id: number;
    readonly name: string;
    readonly active: boolean;
    readonly events: readonly string[];
    readonly config: {
        readonly url: string;
        readonly content_type: "form" | "json";
        readonly insecure_ssl: string;
        readonly secret?: string;
    };
    readonly created_at: string;
    readonly updated_at: string;
}

/** One attempt to reach a webhook, as GitHub shows it to the repository's administrators. */
export type StoredDelivery = Schemas["hook-delivery-item"];
export type StoredStatus = Schemas["status"];
export type StoredDeployment = Omit<Schemas["deployment"], "id"> & { readonly id: number };
export type StoredDeploymentStatus = Omit<Schemas["deployment-status"], "id"> & { readonly id: number };

/** What this program holds beside the emulator's own store, per repository id; plain JSON throughout. */
export interface Additions {
    readonly keyPair: { readonly keyId: string; readonly publicKey: string; readonly privateKey: string };
    nextId: number;
    readonly accounts: Record<string, Account>;
    readonly secrets: Record<string, Record<string, StoredSecret>>;
    readonly variables: Record<string, Record<string, StoredVariable>>;
    readonly hooks: Record<string, StoredHook[]>;
    /** Newest first, by webhook. */
    readonly deliveries: Record<string, StoredDelivery[]>;
    /** Newest first, by commit. */
    readonly statuses: Record<string, Record<string, StoredStatus[]>>;
    /** Newest first. */
    readonly deployments: Record<string, StoredDeployment[]>;
    /** Newest first, by deployment id. */
    readonly deploymentStatuses: Record<string, StoredDeploymentStatus[]>;
}

interface StateFile {
    readonly version: 1;
    readonly emulator: unknown;
    readonly additions: Additions;
}

export function newAdditions(keyPair: Additions["keyPair"]): Additions {
    return {
        keyPair,
        nextId: 1000,
        accounts: {},
        secrets: {},
        variables: {},
        hooks: {},
        deliveries: {},
        statuses: {},
        deployments: {},
        deploymentStatuses: {},
    };
}

/** The kept state; `undefined` at a first start. A file of another version is an error. */
export function loadState(path: string): StateFile | undefined {
    const file = readJson<StateFile>(path);
    if (file !== undefined && file.version !== 1) throw new Error(`${path}: version ${file.version}, expected 1`);
    return file;
}

/** Holds tokens and hook secrets, hence the mode. */
export function saveState(path: string, emulator: unknown, additions: Additions): void {
    const file: StateFile = { version: 1, emulator, additions };
    writeAtomically(path, JSON.stringify(file), 0o600);
}
