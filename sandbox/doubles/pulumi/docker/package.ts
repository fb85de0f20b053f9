/** The docker package, as far as it needs no daemon: which digest a tag has in its registry. */

import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Invoke, ProviderPackage } from "../provider/model.js";
import type { JsonObject } from "../provider/values.js";
import { type Credentials, parseReference, registryDigest } from "./registry.js";

export const docker: ProviderPackage = {
    name: "docker",
    version: "5.2.0",
    configuration: {
        disableDockerDaemonCheck: "boolean",
        registryAuth: "json",
        // Accepted for the sake of the official plugin; no daemon is asked here.
        host: "string",
        context: "string",
        caMaterial: "string",
        certMaterial: "string",
        certPath: "string",
        keyMaterial: "string",
        sshOpts: "json",
    },
    configure(settings) {
        const auths = (settings.registryAuth as JsonObject[] | undefined) ?? [];
        const getRegistryImage: Invoke = async (args) => {
            const reference = parseReference(String(args.name));
            const digest = await registryDigest(
                reference,
                await credentialsFor(reference.registry, auths),
                args.insecureSkipVerify === true,
            );
            return { id: digest, name: args.name ?? "", sha256Digest: digest };
        };
        const token = "docker:index/getRegistryImage:getRegistryImage";
        return {
            known: `the function ${token}, and no resources`,
            resourceType: () => undefined,
            invoke: (wanted) => (wanted === token ? getRegistryImage : undefined),
        };
    },
};

/** From the provider's inputs, else from Docker's own configuration file. */
async function credentialsFor(registry: string, auths: readonly JsonObject[]): Promise<Credentials | undefined> {
    const given = auths.find(({ address }) => hostOf(String(address)) === registry);
    if (typeof given?.username === "string" && typeof given.password === "string") {
        return { username: given.username, password: given.password };
    }
    const path = join(process.env.DOCKER_CONFIG ?? join(homedir(), ".docker"), "config.json");
    const text = await readFile(path, "utf8").catch(() => "{}");
    const entries = Object.entries((JSON.parse(text) as { auths?: Record<string, { auth?: string }> }).auths ?? {});
    const auth = entries.find(([address]) => hostOf(address) === registry)?.[1].auth;
    const [username, ...password] = Buffer.from(auth ?? "", "base64")
        .toString("utf8")
        .split(":");
    return username ? { username, password: password.join(":") } : undefined;
}

const hostOf = (address: string) => address.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
