/** The images that pods of the sandbox need and no registry here has. */

import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { readJson, writeAtomically } from "../../lib/files.js";
import { buildAppImage, type HostFile, imageOfHostFiles, withLibraries } from "../../lib/image.js";
import { fullReference, type Image } from "../../lib/oci.js";
import type { PartContext } from "../../lib/part.js";
import { imageNames, importImage, pauseImage } from "./containerd.js";

const certificateBundle = "/etc/ssl/certs/ca-certificates.crt";
/** Beside the shell, for scripts in pods. */
const tools = ["cat", "env", "id", "ls", "mkdir", "sleep"];

/** Imports the pause image, which is the program `app` under another name. */
export async function importPauseImage(context: PartContext, nodeDirectory: string): Promise<void> {
    const program = context.bin("app");
    await importOnce(context, nodeDirectory, pauseImage, [{ source: program }], () =>
        buildAppImage(program, "pause", "1"),
    );
}

/**
 * Imports Node with a shell and a certificate bundle, out of this machine's files, under the name of the image that the
 * program's jobs run in.
 *
 * @param reference for example `node:24-alpine@sha256:…`
 */
export async function importNodeImage(context: PartContext, nodeDirectory: string, reference: string): Promise<void> {
    const programs: HostFile[] = [
        { source: context.node, path: "/usr/local/bin/node" },
        { source: "/bin/sh" },
        ...tools.map((name) => ({ source: `/bin/${name}` })).filter(({ source }) => existsSync(source)),
    ];
    const files = (await Promise.all(programs.map(withLibraries))).flat();
    if (existsSync(certificateBundle)) files.push({ source: certificateBundle });
    await importOnce(context, nodeDirectory, reference, files, () =>
        imageOfHostFiles(files, {
            command: ["node"],
            environment: ["PATH=/usr/local/bin:/usr/bin:/bin", `SSL_CERT_FILE=${certificateBundle}`],
        }),
    );
}

/** Skips what containerd has already from the same files. */
async function importOnce(
    context: PartContext,
    nodeDirectory: string,
    reference: string,
    files: readonly HostFile[],
    build: () => Promise<Image>,
): Promise<void> {
    const record = join(nodeDirectory, "imported.json");
    const imported = readJson<Record<string, string>>(record) ?? {};
    const key = keyOf(files);
    const present = await imageNames(context, nodeDirectory);
    if (imported[reference] === key && present.has(fullReference(reference))) return;
    context.say(`importing ${reference}`);
    await importImage(context, nodeDirectory, await build(), reference);
    writeAtomically(record, JSON.stringify({ ...imported, [reference]: key }));
}

function keyOf(files: readonly HostFile[]): string {
    const states = files.map(({ source, path }) => {
        const { size, mtimeMs } = statSync(source);
        return [source, path, size, mtimeMs];
    });
    return createHash("sha256").update(JSON.stringify(states)).digest("hex");
}
