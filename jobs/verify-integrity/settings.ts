import { type Environment, readEnvironment } from "../lib/environment.js";
import { UsageError } from "../lib/errors.js";
import { serviceUrl, wholeNumber } from "../lib/fields.js";
import { type ImageReference, parseReference } from "../lib/registry/reference.js";
import { credentialsOf, registryFields } from "../lib/registry/settings.js";

export const fields = {
    REGISTRY_URL: serviceUrl.optional().describe("address of the registry (https:// and the host of the image's name)"),
    ...registryFields,
    WAIT_SECONDS: wholeNumber(0, 3600)
        .default(60)
        .describe("how long to wait for a registry that lags behind the push, 0 to 3600 (60)"),
    DEADLINE_SECONDS: wholeNumber(1, 86_400).default(600).describe("when all must have ended, 1 to 86400 (600)"),
};

export interface VerifySettings {
    readonly image: ImageReference;
    readonly registry: URL;
    readonly credentials?: { readonly username: string; readonly password: string };
    readonly ca?: string;
    readonly concurrency: number;
    readonly requestTimeoutMs: number;
    readonly waitSeconds: number;
    readonly deadlineSeconds: number;
}

/** @throws UsageError that names the argument or each variable at fault */
export function verifySettings(argv: readonly string[], environment: Environment): VerifySettings {
    const [name, ...more] = argv;
    if (name === undefined || more.length > 0 || name.startsWith("-")) {
        throw new UsageError(
            "Exactly one image is to be named: verify-integrity registry.example.org/team/app:1a2b3c4d",
        );
    }
    const image = parseReference(name);
    const read = readEnvironment(fields, environment);
    return {
        image,
        registry: registryOf(image, read.REGISTRY_URL),
        ...credentialsOf(read),
        ...(read.REGISTRY_CA === undefined ? {} : { ca: read.REGISTRY_CA }),
        concurrency: read.CONCURRENCY,
        requestTimeoutMs: read.REQUEST_TIMEOUT_SECONDS * 1000,
        waitSeconds: read.WAIT_SECONDS,
        deadlineSeconds: read.DEADLINE_SECONDS,
    };
}

function registryOf({ host }: ImageReference, url: URL | undefined): URL {
    if (url === undefined) {
        if (host === undefined) throw new UsageError("REGISTRY_URL: is missing, and the image's name has no host");
        return new URL(`https://${host}/`);
    }
    if (host !== undefined && host !== url.host && host !== url.hostname) {
        throw new UsageError(`REGISTRY_URL: is at ${url.host}, and the image's name says ${host}`);
    }
    return url;
}
