import { Document, type YAMLMap } from "yaml";
import { inside, type Served } from "./layout.js";

/** Account at an upstream. */
export interface Login {
    readonly username: string;
    readonly password: string;
}

const noCache = ` No cache of descriptors: it goes on answering 200 for a blob that a collection removed or that lost its content, until
 the registry is restarted. No maxsize either: what enforces it deletes the data of blobs and keeps their metadata, so that they
 are served with 0 bytes.`;
const noDelete = ` A DELETE by digest takes an index's children, or another tag of the same image, with it: tags are removed by
 registry-clean, which follows what is left.`;
const cacheDelete = " The cache removes what it has not been asked for in a week, which needs this.";

/**
 * Configuration of the private registry.
 *
 * @param secret keeps uploads valid over a restart
 */
export function privateConfig({ address }: { address: string }, secret: string): string {
    return render(
        "The private registry.",
        {
            ...base(address, secret, false),
            auth: { htpasswd: { realm: "registry", path: `${inside.registry}/htpasswd` } },
        },
        noDelete,
    );
}

/** Configuration of a pull-through cache. @param login account at the upstream */
export function cacheConfig({ address }: { address: string }, url: string, secret: string, login?: Login): string {
    const proxy = { remoteurl: url, ...(login && { username: login.username, password: login.password }) };
    return render(`Cache of ${url}.`, { ...base(address, secret, true), proxy }, cacheDelete);
}

/** Where a registry listens: on loopback only, behind nginx. */
export function listens({ innerPort }: Served): { address: string } {
    return { address: `127.0.0.1:${innerPort}` };
}

function base(address: string, secret: string, canDelete: boolean) {
    return {
        version: 0.1,
        log: { level: "warn", accesslog: { disabled: true } },
        storage: {
            filesystem: { rootdirectory: inside.data },
            delete: { enabled: canDelete },
            maintenance: { uploadpurging: { enabled: true, age: "168h", interval: "24h", dryrun: false } },
        },
        http: {
            addr: address,
            secret,
            // Without it the program has no ear for SIGTERM, and a container of it ends only by force, after ten seconds.
            draintimeout: "1s",
            headers: { "X-Content-Type-Options": ["nosniff"] },
        },
        health: { storagedriver: { enabled: true, interval: "10s", threshold: 3 } },
    };
}

function render(title: string, data: object, aboutDelete: string): string {
    const document = new Document(data);
    document.commentBefore = ` ${title} Written by cicd-pipeline (cicd:registry); an edit here is drift.`;
    const storage = document.get("storage") as YAMLMap;
    storage.commentBefore = noCache;
    (storage.get("delete") as YAMLMap).commentBefore = aboutDelete;
    return document.toString({ lineWidth: 0, indentSeq: true });
}
