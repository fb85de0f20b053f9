/** Runs the program of a pod on this machine, where the node is simulated and no pod really runs. */

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { KubeConfig, V1PodTemplateSpec } from "@kubernetes/client-node";
import { ClusterReader } from "./clusterReader.js";
import { planOf, type Referred } from "./container.js";
import { writeVolume } from "./volumes.js";

export interface PodRun {
    readonly namespace: string;
    readonly template: V1PodTemplateSpec;
    readonly config: KubeConfig;
    /** Added to what the template says. */
    readonly environment?: Readonly<Record<string, string>>;
    /** After which the program is ended. */
    readonly limitSeconds: number;
}

export interface Ended {
    readonly exitCode: number;
    /** Both streams. */
    readonly output: string;
}

/**
 * Runs the pod's one container to its end, with the environment and the volumes that the template gives it. Its image is not
 * there: `node` is this process's own, other commands are this machine's.
 *
 * @throws on what a process of this machine cannot be given
 */
export async function runPod({ namespace, template, config, environment, limitSeconds }: PodRun): Promise<Ended> {
    const { containers = [], volumes = [], serviceAccountName = "default" } = template.spec ?? { containers: [] };
    const [container] = containers;
    if (container === undefined || containers.length > 1) {
        throw new Error(`the pod has ${containers.length} containers; as a process, exactly one can be run`);
    }
    const reader = new ClusterReader(config, namespace, serviceAccountName);
    const directory = await mkdtemp(join(tmpdir(), "pod-"));
    try {
        const mounts = new Map<string, string>();
        for (const { name, mountPath, subPath } of container.volumeMounts ?? []) {
            const volume = volumes.find((candidate) => candidate.name === name);
            if (volume === undefined) throw new Error(`container ${container.name} mounts ${name}, which is no volume`);
            await writeVolume(volume, join(directory, name), reader);
            mounts.set(mountPath.replace(/\/$/, ""), join(directory, name, subPath ?? ""));
        }
        const plan = await planOf(container, mounts, referredBy(reader, namespace, template));
        const own = { PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`, HOME: directory };
        return await runToEnd(plan.command, plan.args, {
            directory,
            environment: { ...own, ...clusterVariables(config), ...environment, ...plan.environment },
            limitSeconds,
        });
    } finally {
        await rm(directory, { recursive: true, force: true });
    }
}

function referredBy(reader: ClusterReader, namespace: string, template: V1PodTemplateSpec): Referred {
    const all = (kind: "secret" | "configMap", name: string) =>
        kind === "secret" ? reader.secret(name) : reader.configMap(name);
    const one = (kind: "secret" | "configMap") => async (name: string, key: string, optional: boolean) => {
        const value = (
            await all(kind, name).catch((error: unknown) => {
                if (optional) return {} as Record<string, Buffer>;
                throw error;
            })
        )[key];
        if (value === undefined && !optional) throw new Error(`${kind} ${name} has no key ${key}`);
        return value?.toString();
    };
    const fields: Readonly<Record<string, string>> = {
        "metadata.namespace": namespace,
        "metadata.name": template.metadata?.name ?? "process",
        "spec.serviceAccountName": template.spec?.serviceAccountName ?? "default",
    };
    return {
        secret: one("secret"),
        configMap: one("configMap"),
        all: async (kind, name) =>
            Object.fromEntries(Object.entries(await all(kind, name)).map(([key, value]) => [key, value.toString()])),
        field: (path) => {
            const value = fields[path];
            if (value === undefined) throw new Error(`the field ${path} is only known on a real node`);
            return value;
        },
    };
}

/** What every pod is told of its cluster. */
function clusterVariables(config: KubeConfig): Record<string, string> {
    const { hostname, port } = new URL(config.getCurrentCluster()?.server ?? "https://127.0.0.1");
    return { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port || "443" };
}

interface ProcessRun {
    readonly directory: string;
    readonly environment: Readonly<Record<string, string>>;
    readonly limitSeconds: number;
}

function runToEnd(command: string, args: readonly string[], run: ProcessRun): Promise<Ended> {
    return new Promise((resolve, reject) => {
        const child = spawn(command, args, {
            cwd: run.directory,
            env: run.environment,
            stdio: ["ignore", "pipe", "pipe"],
            timeout: run.limitSeconds * 1000,
        });
        let output = "";
        for (const stream of [child.stdout, child.stderr]) {
            stream.setEncoding("utf8").on("data", (chunk: string) => {
                output += chunk;
            });
        }
        child.once("error", reject);
        child.once("close", (code) => resolve({ exitCode: code ?? 128, output }));
    });
}
