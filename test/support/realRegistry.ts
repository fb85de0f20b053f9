import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { get as getPlain, type IncomingMessage } from "node:http";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RegistryStorage } from "./registryStorage.js";
import { freePort, ServerProcess } from "./server.js";

/** A line of htpasswd: bcrypt at the cost that `htpasswd -B` takes by default; the registry computes it on every request. */
const HTPASSWD = "probe:$2b$05$.ZpIY.gXv8mP8qxkMI1wTOu7Dd/56puwQhK8KzTSWtD2SmgGGOqdq\n";

export const login = { username: "probe", password: "s3cret" };

/** One running registry. */
export interface Served {
    readonly url: URL;
    readonly pid: number;
    readonly stop: () => Promise<void>;
}

/**
 * A real registry with TLS by a CA of its own and basic auth, on a storage directory that the test may damage.
 * It can be served twice from the same storage: with the descriptor cache and without.
 */
export class RealRegistry {
    readonly storage: RegistryStorage;
    readonly ca: string;
    readonly #servers: ServerProcess[] = [];

    private constructor(readonly directory: string) {
        this.storage = new RegistryStorage(join(directory, "data"));
        this.ca = readFileSync(join(directory, "crt.pem"), "utf8");
    }

    static create(): RealRegistry {
        const directory = mkdtempSync(join(tmpdir(), "registry-"));
        mkdirSync(join(directory, "data"));
        writeFileSync(join(directory, "htpasswd"), HTPASSWD);
        const subject = ["-subj", "/CN=registry", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"];
        const files = ["-keyout", join(directory, "key.pem"), "-out", join(directory, "crt.pem")];
        const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
        execFileSync("openssl", ["req", "-x509", ...key, ...files, ...subject], { stdio: "ignore" });
        return new RealRegistry(directory);
    }

    /**
     * Serves the storage.
     *
     * @param cache as the registry's image does by default: descriptors are kept in memory
     * @param auth asks for the login
     * @param tls without it something else has to stand before it
     */
    async serve({ cache = false, auth = true, tls = true } = {}): Promise<Served> {
        const port = await freePort();
        const url = new URL(`${tls ? "https" : "http"}://127.0.0.1:${port}/`);
        const configuration = join(this.directory, `${port}.json`);
        // JSON is YAML
        const text = JSON.stringify({
            version: 0.1,
            log: { level: "warn", accesslog: { disabled: true } },
            storage: {
                filesystem: { rootdirectory: join(this.directory, "data") },
                delete: { enabled: true },
                ...(cache && { cache: { blobdescriptor: "inmemory" } }),
            },
            http: {
                addr: url.host,
                secret: "test",
                ...(tls && {
                    tls: { certificate: join(this.directory, "crt.pem"), key: join(this.directory, "key.pem") },
                }),
            },
            ...(auth && { auth: { htpasswd: { realm: "test", path: join(this.directory, "htpasswd") } } }),
        });
        writeFileSync(configuration, text);
        const answers = () => this.#status(url);
        const server = await ServerProcess.start("registry", ["serve", configuration], answers);
        this.#servers.push(server);
        return { url, pid: server.pid, stop: () => server.stop() };
    }

    /** What an operator runs beside the running registry. @param args for example `--delete-untagged` */
    collectGarbage(...args: readonly string[]): void {
        const storage = { filesystem: { rootdirectory: join(this.directory, "data") }, delete: { enabled: true } };
        const configuration = join(this.directory, "garbage.json");
        writeFileSync(configuration, JSON.stringify({ version: 0.1, storage, http: { addr: "127.0.0.1:0" } }));
        execFileSync("registry", ["garbage-collect", ...args, configuration], { stdio: "ignore" });
    }

    /**
     * Puts a real nginx before a registry that has neither TLS nor login of its own: it ends TLS and asks for the login (bcrypt).
     *
     * @param upstream the registry
     */
    async front(upstream: URL): Promise<Served> {
        const url = new URL(`https://127.0.0.1:${await freePort()}/`);
        const file = (name: string) => join(this.directory, name);
        for (const name of ["body", "proxy", "fastcgi", "uwsgi", "scgi"])
            mkdirSync(file(`nginx-${name}`), { recursive: true });
        const configuration = file(`${url.port}.nginx`);
        writeFileSync(
            configuration,
            `
            ${process.getuid?.() === 0 ? "user root;" : ""}
            daemon off;
            pid ${file("nginx.pid")};
            worker_processes 1;
            events {}
            http {
                access_log ${file("access.log")};
                client_body_temp_path ${file("nginx-body")};
                proxy_temp_path ${file("nginx-proxy")};
                fastcgi_temp_path ${file("nginx-fastcgi")};
                uwsgi_temp_path ${file("nginx-uwsgi")};
                scgi_temp_path ${file("nginx-scgi")};
                keepalive_requests 100000;
                upstream registry { server ${upstream.host}; keepalive 32; }
                server {
                    listen ${url.host} ssl;
                    ssl_certificate ${file("crt.pem")};
                    ssl_certificate_key ${file("key.pem")};
                    location /v2/ {
                        auth_basic registry;
                        auth_basic_user_file ${file("htpasswd")};
                        proxy_http_version 1.1;
                        proxy_set_header Connection "";
                        proxy_set_header Host $http_host;
                        proxy_pass http://registry;
                    }
                    # As on machines where somebody wanted a health check.
                    location / { return 200 'ok'; }
                }
            }`,
        );
        const args = ["-e", "stderr", "-p", this.directory, "-c", configuration];
        const server = await ServerProcess.start("nginx", args, () => this.#status(url));
        this.#servers.push(server);
        return { url, pid: server.pid, stop: () => server.stop() };
    }

    async stop(): Promise<void> {
        await Promise.all(this.#servers.map((server) => server.stop()));
        rmSync(this.directory, { recursive: true });
    }

    #status(url: URL): Promise<number | undefined> {
        return new Promise((resolve, reject) => {
            const answered = (reply: IncomingMessage) => {
                reply.resume();
                resolve(reply.statusCode);
            };
            const target = new URL("v2/", url);
            const asked =
                url.protocol === "https:"
                    ? get(target, { ca: this.ca, agent: false }, answered)
                    : getPlain(target, { agent: false }, answered);
            asked.on("error", reject);
        });
    }
}
