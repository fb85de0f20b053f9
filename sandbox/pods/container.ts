/** A container of a pod as a process of this machine: what it would be told and shown, with paths that exist here. */

import type { V1Container, V1EnvVar } from "@kubernetes/client-node";

/** Where the process finds what the container has mounted: mount path to a directory of this machine. */
export type Mounts = ReadonlyMap<string, string>;

/** What refers to other objects, read from the cluster. */
export interface Referred {
    readonly secret: (name: string, key: string, optional: boolean) => Promise<string | undefined>;
    readonly configMap: (name: string, key: string, optional: boolean) => Promise<string | undefined>;
    /** Every key of an object. */
    readonly all: (kind: "secret" | "configMap", name: string) => Promise<Readonly<Record<string, string>>>;
    /** Fields of the pod itself, such as `metadata.namespace`. */
    readonly field: (path: string) => string;
}

export interface ProcessPlan {
    readonly command: string;
    readonly args: readonly string[];
    /** The whole environment. */
    readonly environment: Readonly<Record<string, string>>;
}

/** @throws on what a process of this machine cannot be given */
export async function planOf(container: V1Container, mounts: Mounts, referred: Referred): Promise<ProcessPlan> {
    const here = (text: string) => withMounts(text, mounts);
    const [command, ...args] = [...(container.command ?? []), ...(container.args ?? [])].map(here);
    if (command === undefined) {
        throw new Error(`container ${container.name} names no command, and its image is not here to be asked for one`);
    }
    const environment: Record<string, string> = {};
    for (const { prefix = "", secretRef, configMapRef } of container.envFrom ?? []) {
        const [kind, name] = secretRef
            ? (["secret", secretRef.name] as const)
            : (["configMap", configMapRef?.name] as const);
        for (const [key, value] of Object.entries(await referred.all(kind, name ?? "")))
            environment[prefix + key] = value;
    }
    for (const variable of container.env ?? []) {
        const value = await variableValue(variable, container.name, referred);
        if (value !== undefined) environment[variable.name] = here(value);
    }
    return { command, args, environment };
}

/** Paths below a mount are those of its directory; a longer mount path goes before a shorter one. */
export function withMounts(text: string, mounts: Mounts): string {
    const paths = [...mounts.keys()].sort((one, other) => other.length - one.length);
    if (paths.length === 0) return text;
    const pattern = new RegExp(`(?<![\\w./-])(?:${paths.map(escaped).join("|")})(?=/|$|[^\\w.-])`, "g");
    return text.replace(pattern, (path) => mounts.get(path) ?? path);
}

async function variableValue(variable: V1EnvVar, container: string, referred: Referred): Promise<string | undefined> {
    const { name, value = "", valueFrom } = variable;
    if (valueFrom === undefined) return value;
    const { secretKeyRef, configMapKeyRef, fieldRef } = valueFrom;
    if (secretKeyRef) return referred.secret(secretKeyRef.name ?? "", secretKeyRef.key, secretKeyRef.optional ?? false);
    if (configMapKeyRef) {
        return referred.configMap(configMapKeyRef.name ?? "", configMapKeyRef.key, configMapKeyRef.optional ?? false);
    }
    if (fieldRef) return referred.field(fieldRef.fieldPath);
    throw new Error(`variable ${name} of container ${container} comes from ${Object.keys(valueFrom).join(", ")}`);
}

function escaped(text: string): string {
    return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
