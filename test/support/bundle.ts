import { join } from "node:path";
import { build } from "esbuild";

/** Writes a job as one file, `<name>.js`, as the cluster gets it. */
export async function bundleJob(name: string, directory: string): Promise<void> {
    await build({
        entryPoints: [join(__dirname, `../../jobs/${name}/main.ts`)],
        outfile: join(directory, `${name}.js`),
        bundle: true,
        platform: "node",
        target: "node22",
        minify: true,
        logLevel: "error",
    });
}
