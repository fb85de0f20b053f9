/** The images that the VM's containers run: this sandbox's own programs, in a registry from where they are pulled by digest. */

import { execFile } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { promisify } from "node:util";
import { imageOfHostFiles, parseLdd, pushImage } from "../../lib/image.js";
import type { PartContext } from "../../lib/part.js";

const run = promisify(execFile);

/** @returns the reference by tag and digest, by the key in `cicd:images` */
export async function pushVmImages(context: PartContext): Promise<Record<"registry" | "nginx", string>> {
    const host = `127.0.0.1:${context.port("public-registry")}`;
    const push = async (name: string, version: string, image: Parameters<typeof pushImage>[3]) => {
        const digest = await pushImage(`http://${host}`, `library/${name}`, version, image);
        return `${host}/library/${name}:${version}@${digest}`;
    };
    const registryVersion = context.provenance("registry")?.version ?? "2.8.3";
    const nginxVersion = context.provenance("nginx")?.version ?? "1.22.1";
    return {
        registry: await push(
            "registry",
            registryVersion,
            await imageOfHostFiles([{ source: context.bin("registry"), path: "/bin/registry" }], {
                entrypoint: ["/bin/registry", "serve"],
                command: ["/etc/docker/registry/config.yml"],
                environment: ["PATH=/bin"],
            }),
        ),
        nginx: await push("nginx", nginxVersion, await nginxImage(context)),
    };
}

async function nginxImage(context: PartContext) {
    const { program, libraries } = await withOwnLibraries(context.bin("nginx"));
    return imageOfHostFiles(
        [
            { source: program, path: "/usr/sbin/nginx" },
            // The loader has its path in the program; the others are found by name.
            ...libraries.map((source) => ({
                source,
                path: basename(source).startsWith("ld-") ? source : `/usr/lib/${basename(source)}`,
            })),
        ],
        { command: ["nginx"], environment: ["PATH=/usr/sbin", "LD_LIBRARY_PATH=/usr/lib"] },
    );
}

/** A program of the cache may be a script that shows the real one the libraries this machine lacks. */
async function withOwnLibraries(program: string): Promise<{ program: string; libraries: string[] }> {
    const script = realpathSync(program);
    const real = `${script}.real`;
    if (!existsSync(real)) return { program: script, libraries: await librariesOf(script, "") };
    const root = script.slice(0, script.indexOf(`/usr/${basename(dirname(script))}/`));
    const paths = (await readFile(script, "utf8")).match(/LD_LIBRARY_PATH="([^"]*)"/)?.[1] ?? "";
    return { program: real, libraries: await librariesOf(real, paths.replaceAll("$root", root)) };
}

async function librariesOf(program: string, path: string): Promise<string[]> {
    const { stdout } = await run("ldd", [program], { env: { ...process.env, LD_LIBRARY_PATH: path } });
    return parseLdd(stdout);
}
