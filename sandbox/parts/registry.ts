import { join } from "node:path";
import { stringify } from "yaml";
import { writeAtomically } from "../lib/files.js";
import { request } from "../lib/http.js";
import { originOf } from "../lib/origin.js";
import type { Part, PortName } from "../lib/part.js";

/** The image registry that applications are pushed to, in the very version that the registry machine runs. */
export const registry = registryPart("registry", "registry");

/** A public registry, as the caches of the registry machine and its container engine see one. */
export const publicRegistry = registryPart("public-registry", "public-registry");

function registryPart(name: string, port: PortName): Part {
    return {
        name,
        needs: [],
        programs: ["registry"],
        origin: async (context) => originOf(context, "registry"),
        async start(context) {
            const host = `127.0.0.1:${context.port(port)}`;
            const configuration = join(context.directory, "config.yml");
            writeAtomically(
                configuration,
                stringify({
                    version: 0.1,
                    log: { level: "warn", accesslog: { disabled: true } },
                    storage: {
                        filesystem: { rootdirectory: join(context.directory, "data") },
                        delete: { enabled: true },
                        // The descriptor cache answers for blobs that are gone: the probe must see through it here as in production.
                        cache: { blobdescriptor: "inmemory" },
                    },
                    http: { addr: host },
                }),
            );
            await context.spawn({
                name,
                command: context.bin("registry"),
                args: ["serve", configuration],
                inputs: [configuration],
            });
            await context.waitUntil(`the ${name}`, () => request(`http://${host}/v2/`), { processName: name });
        },
        stop: (context) => context.stop(name),
    };
}
