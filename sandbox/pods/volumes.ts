/** Volumes of a pod as directories of this machine. */

import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { V1KeyToPath, V1Volume, V1VolumeProjection } from "@kubernetes/client-node";

/** File or key to content. */
export type Files = Readonly<Record<string, Buffer>>;

/** What a volume's content is read from. */
export interface VolumeReader {
    readonly configMap: (name: string) => Promise<Files>;
    readonly secret: (name: string) => Promise<Files>;
    /** A fresh token of the pod's ServiceAccount. */
    readonly token: (audience: string | undefined, expirationSeconds?: number) => Promise<string>;
}

/**
 * Writes what the volume shows, for the owner's eyes only.
 *
 * @param directory is made
 * @throws on a kind of volume that a process of this machine cannot be given
 */
export async function writeVolume(volume: V1Volume, directory: string, reader: VolumeReader): Promise<void> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    for (const [path, content] of Object.entries(await filesOf(volume, reader))) {
        const file = join(directory, path);
        await mkdir(dirname(file), { recursive: true, mode: 0o700 });
        await writeFile(file, content, { mode: 0o600 });
    }
}

async function filesOf(volume: V1Volume, reader: VolumeReader): Promise<Files> {
    const { configMap, secret, projected, emptyDir } = volume;
    if (emptyDir) return {};
    if (configMap) return selected(await reader.configMap(configMap.name ?? ""), configMap.items);
    if (secret) return selected(await reader.secret(secret.secretName ?? ""), secret.items);
    if (projected) {
        const parts = await Promise.all((projected.sources ?? []).map((source) => projectedFiles(source, reader)));
        return Object.assign({}, ...parts) as Files;
    }
    const kinds = Object.keys(volume).filter((key) => key !== "name");
    throw new Error(`volume ${volume.name} is a ${kinds.join(", ")}, which only a real node can mount`);
}

async function projectedFiles(source: V1VolumeProjection, reader: VolumeReader): Promise<Files> {
    const { configMap, secret, serviceAccountToken } = source;
    if (configMap) return selected(await reader.configMap(configMap.name ?? ""), configMap.items);
    if (secret) return selected(await reader.secret(secret.name ?? ""), secret.items);
    if (serviceAccountToken) {
        const { path, audience, expirationSeconds } = serviceAccountToken;
        return { [path]: Buffer.from(await reader.token(audience, expirationSeconds)) };
    }
    throw new Error(`a projected volume of ${Object.keys(source).join(", ")} can only be mounted by a real node`);
}

/** All of it, or the named keys under their paths. */
function selected(files: Files, items: readonly V1KeyToPath[] | undefined): Files {
    if (items === undefined) return files;
    return Object.fromEntries(
        items.map(({ key, path }) => {
            const content = files[key];
            if (content === undefined) throw new Error(`the volume asks for the key ${key}, which is not there`);
            return [path, content];
        }),
    );
}
