import { randomBytes } from "node:crypto";
import https from "node:https";
import { architectureOf, type Blob, buildImage, type Image } from "../../sandbox/lib/oci.js";

export interface Login {
    readonly username: string;
    readonly password: string;
}

interface Answer {
    readonly status: number;
    readonly location?: string | undefined;
    readonly body: Buffer;
}

/** The private registry of a VM as clients reach it: over TLS, with a login, each time by a connection of its own. */
export class FrontDoor {
    constructor(
        private readonly port: number,
        /** Certificate that it has to show, PEM. */
        private readonly certificate: string,
        private readonly login: Login,
    ) {}

    /** Status of a request. @param login `null` for none */
    async status(path: string, login: Login | null = this.login): Promise<number> {
        return (await this.request("GET", path, { login })).status;
    }

    request(
        method: string,
        path: string,
        { login = this.login, blob, accept }: { login?: Login | null; blob?: Blob; accept?: string } = {},
    ): Promise<Answer> {
        const auth = login === null ? undefined : `${login.username}:${login.password}`;
        const url = path.startsWith("https:") ? path : `https://127.0.0.1:${this.port}${path}`;
        const headers = { ...(accept && { accept }), ...(blob && { "content-type": blob.mediaType }) };
        return new Promise((resolve, reject) => {
            const request = https.request(
                url,
                { method, auth, ca: this.certificate, headers, timeout: 10_000, agent: false },
                (response) => {
                    const chunks: Buffer[] = [];
                    response.on("data", (chunk: Buffer) => chunks.push(chunk));
                    response.once("error", reject);
                    response.once("end", () =>
                        resolve({
                            status: response.statusCode ?? 0,
                            location: response.headers.location,
                            body: Buffer.concat(chunks),
                        }),
                    );
                },
            );
            request.once("timeout", () => request.destroy(new Error("no answer within 10 s")));
            request.once("error", reject);
            request.end(blob?.content);
        });
    }

    async push(repository: string, tag: string, { layer, config, manifest }: Image): Promise<void> {
        for (const blob of [layer, config]) {
            const { location = "" } = await this.request("POST", `/v2/${repository}/blobs/uploads/`);
            const upload = new URL(location);
            upload.searchParams.set("digest", blob.digest);
            const { status } = await this.request("PUT", upload.href, { blob });
            if (status !== 201) throw new Error(`the registry answered ${status} to a blob`);
        }
        const { status } = await this.request("PUT", `/v2/${repository}/manifests/${tag}`, { blob: manifest });
        if (status !== 201) throw new Error(`the registry answered ${status} to the manifest`);
    }

    /** Pushes an image that nobody else has. @returns the digest of its layer */
    async pushAnImage(repository: string, tag: string): Promise<string> {
        const random = { kind: "file", path: "/random", content: randomBytes(256 << 10), mode: 0o644 } as const;
        const image = await buildImage([random], {}, architectureOf(process.arch));
        await this.push(repository, tag, image);
        return image.layer.digest;
    }
}
