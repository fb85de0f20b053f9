/** Asks a registry (Distribution API v2) for the digest of a tag. */

import { fetchWithRetries } from "../provider/http.js";

export interface Reference {
    /** Host and port. */
    readonly registry: string;
    readonly repository: string;
    /** A tag or a digest. */
    readonly tag: string;
}

export interface Credentials {
    readonly username: string;
    readonly password: string;
}

const manifestTypes = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
].join(", ");

/** Splits an image's name as Docker does: no host means Docker Hub, no slash its `library/`, no tag `latest`. */
export function parseReference(name: string): Reference {
    const [first = "", ...rest] = name.split("/");
    const hasHost = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
    const registry = hasHost && first !== "docker.io" ? first : "registry-1.docker.io";
    const path = hasHost ? rest.join("/") : name;
    const [, repository = "", tag = "latest"] = /^([^@:]+)(?:[:@](.+))?$/.exec(path) ?? [];
    if (!/^[a-z0-9]+(?:[._/-]+[a-z0-9]+)*$/.test(repository)) {
        throw new Error(`"${name}" is not an image's name`);
    }
    const official = registry === "registry-1.docker.io" && !repository.includes("/");
    return { registry, repository: official ? `library/${repository}` : repository, tag };
}

/**
 * The digest, with its `sha256:`.
 *
 * As with Docker, a registry on loopback may speak plain HTTP.
 *
 * @throws naming the image, if the registry does not have it or does not answer
 */
export async function registryDigest(
    { registry, repository, tag }: Reference,
    credentials: Credentials | undefined,
    insecure: boolean,
): Promise<string> {
    const image = `${registry}/${repository}:${tag}`;
    const onLoopback = /^(127\.|localhost(:|$)|\[::1\])/.test(registry);
    const schemes = onLoopback || insecure ? ["https", "http"] : ["https"];
    let failure: unknown;
    for (const scheme of schemes) {
        try {
            return await digestOver(`${scheme}://${registry}`, repository, tag, credentials, image);
        } catch (error) {
            failure = error;
            if (!/cannot be reached/.test(String(error))) {
                throw error;
            }
        }
    }
    throw failure;
}

async function digestOver(
    base: string,
    repository: string,
    tag: string,
    credentials: Credentials | undefined,
    image: string,
): Promise<string> {
    const url = `${base}/v2/${repository}/manifests/${tag}`;
    const ask = (authorization: string | undefined) =>
        fetchWithRetries(
            `Registry ${base}`,
            url,
            { method: "HEAD", headers: { accept: manifestTypes, ...(authorization && { authorization }) } },
            { retries: 0, waitMilliseconds: 0 },
        );
    const basic =
        credentials && `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64")}`;
    let response = await ask(basic);
    const challenge = response.headers.get("www-authenticate") ?? "";
    if (response.status === 401 && /^bearer /i.test(challenge)) {
        response = await ask(`Bearer ${await bearerToken(challenge, basic)}`);
    }
    if (response.status === 404) {
        throw new Error(`image ${image} is not in its registry (404)`);
    }
    const digest = response.headers.get("docker-content-digest");
    if (!response.ok || digest === null) {
        throw new Error(`the registry answered ${response.status} for image ${image}`);
    }
    return digest;
}

/** Exchanges a challenge for a token. */
async function bearerToken(challenge: string, authorization: string | undefined): Promise<string> {
    const fields = Object.fromEntries(
        [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]),
    );
    const url = new URL(String(fields.realm));
    for (const name of ["service", "scope"]) {
        if (fields[name] !== undefined) {
            url.searchParams.set(name, String(fields[name]));
        }
    }
    const response = await fetch(url, { headers: { ...(authorization && { authorization }) } });
    const { token, access_token } = (await response.json()) as { token?: string; access_token?: string };
    if (!response.ok || (token ?? access_token) === undefined) {
        throw new Error(`${url.origin} gave no token for the registry (${response.status})`);
    }
    return String(token ?? access_token);
}
