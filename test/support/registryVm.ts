import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pushProgram } from "../../components/host/payload.js";
import { type RegistrySecrets, vmFiles, vmHooks, vmSecrets } from "../../components/registry/vmFiles.js";
import { registry as block } from "../../config/registry.js";
import type { Registry } from "../../config/settings.js";
import { readJson } from "../../sandbox/lib/files.js";
import { locate } from "../../sandbox/lib/places.js";
import { rememberedPorts } from "../../sandbox/lib/ports.js";
import { vmValues } from "../../sandbox/parts/vm/index.js";
import { FrontDoor, type Login } from "./frontDoor.js";
import { freePort } from "./server.js";
import type { ShellResult } from "./shell.js";

const value = (key: string) => ({ path: "test", key });

/** A registry of a test's own on the sandbox's VM: a directory and ports that no other one has. */
export class RegistryOnVm {
    readonly login = { username: "ci", password: 'pass "word"' };
    /** Changes of `cicd:registry`. */
    changes: Record<string, unknown> = {};

    private constructor(
        private readonly values: Readonly<Record<string, string>>,
        private readonly sshPort: number,
        private readonly publicRegistry: string,
        /** Another registry that can be cached. */
        readonly otherUpstream: string,
        readonly root: string,
        readonly ports: readonly number[],
    ) {}

    /** Whether this machine's sandbox has the VM. */
    static isPossible(): boolean {
        const values = readJson<Record<string, string>>(join(locate().state, "values.json"));
        return values?.[vmValues.nginxImage] !== undefined;
    }

    static async make(): Promise<RegistryOnVm> {
        const { state } = locate();
        const values = JSON.parse(readFileSync(join(state, "values.json"), "utf8")) as Record<string, string>;
        const ports = rememberedPorts(state);
        const free: number[] = [];
        while (free.length < 6) free.push(await freePort());
        const root = `/opt/test-${randomBytes(3).toString("hex")}`;
        const at = `127.0.0.1:${ports["public-registry"]}`;
        return new RegistryOnVm(
            values,
            ports["vm-ssh"],
            `http://${at}`,
            `http://localhost:${at.split(":")[1]}`,
            root,
            free,
        );
    }

    get settings(): Registry {
        const [port, innerPort, cachePort, cacheInner] = this.ports;
        const parsed = block.parse({
            ssh: {
                host: "127.0.0.1",
                port: this.sshPort,
                hostKey: this.values[vmValues.hostKey],
                key: value("ssh-key"),
            },
            root: this.root,
            address: "127.0.0.1",
            name: "127.0.0.1",
            private: { port, innerPort },
            tls: { certificate: value("certificate"), key: value("certificate-key") },
            users: [{ username: value("username"), password: value("password") }],
            upstreams: { "docker.io": { url: this.publicRegistry, port: cachePort, innerPort: cacheInner } },
            retention: { timers: "none" },
            ...this.changes,
        });
        return { ...parsed, pinned: [], syncedFiles: [] };
    }

    get images() {
        return { registry: this.values[vmValues.registryImage] ?? "", nginx: this.values[vmValues.nginxImage] ?? "" };
    }

    get certificate(): string {
        return this.values[vmValues.certificate] ?? "";
    }

    /** What Vault would have. */
    secrets: Record<string, string> = {};

    secret(key: string): string {
        const known: Record<string, string | undefined> = {
            "ssh-key": this.values[vmValues.sshKey],
            certificate: this.certificate,
            "certificate-key": this.values[vmValues.certificateKey],
            ...this.login,
            ...this.secrets,
        };
        return known[key] ?? "";
    }

    /**
     * The text of a push, past the engine.
     *
     * @param hooks further shell text that goes over the hooks
     * @param edit what becomes of a file's content, by its path below the root
     */
    program(hooks = "", edit: (path: string, content: string) => string = (_path, content) => content): string {
        const { settings, images } = this;
        const secrets: RegistrySecrets = {
            sshKey: this.secret("ssh-key"),
            certificate: this.secret("certificate"),
            certificateKey: this.secret("certificate-key"),
            users: [{ username: this.secret("username"), password: this.secret("password") }],
            upstreams: {},
        };
        return pushProgram({
            root: this.root,
            files: vmFiles(settings, images, secrets).map((file) => ({
                ...file,
                content: edit(file.path.slice(this.root.length + 1), file.content),
            })),
            hooks: `${vmHooks(settings, images)}\n${hooks}`,
            secrets: vmSecrets(secrets),
            revision: 1,
        });
    }

    /** Runs a shell line on the VM. @param input its standard input */
    ssh(line: string, input = "", options: { signal?: AbortSignal } = {}): Promise<ShellResult> {
        const { state } = locate();
        const known =
            "StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o IdentitiesOnly=yes";
        const args = [
            "-o",
            ...known.split(" "),
            "-i",
            join(state, "vm/id"),
            "-p",
            String(this.sshPort),
            "root@127.0.0.1",
            line,
        ];
        return new Promise((done) => {
            const child = execFile("ssh", args, options, (error, stdout, stderr) => {
                done({ code: error ? Number(error.code ?? 255) || 255 : 0, output: stdout + stderr });
            });
            child.stdin?.on("error", () => {});
            child.stdin?.end(input);
        });
    }

    /** A push past the engine, in the same way. */
    push(program = this.program(), options: { signal?: AbortSignal } = {}): Promise<ShellResult> {
        const line = 'umask 077; d=$(mktemp -d) && trap \'rm -rf "$d"\' EXIT && cat > "$d/push" && sh "$d/push" push';
        return this.ssh(line, program, options);
    }

    /** Prints each container as `service state start-time`. */
    async containers(): Promise<Record<string, string>> {
        const project = this.root.split("/").at(-1);
        const format = '{{index .Config.Labels "com.docker.compose.service"}} {{.State.Status}} {{.State.StartedAt}}';
        const line = `for id in $(docker ps -aq --filter label=com.docker.compose.project=${project}); do docker inspect -f '${format}' $id; done`;
        const { output } = await this.ssh(line);
        return Object.fromEntries(
            output
                .trimEnd()
                .split("\n")
                .filter(Boolean)
                .map((text) => [text.split(" ")[0], text.slice(text.indexOf(" ") + 1)]),
        );
    }

    /** Status of a request through the front door. */
    status(path: string, login: Login | null = this.login): Promise<number> {
        return this.frontDoor.status(path, login);
    }

    /** Pushes an image of its own through the front door. @returns the digest of its layer */
    pushImage(repository: string, tag: string): Promise<string> {
        return this.frontDoor.pushAnImage(repository, tag);
    }

    get frontDoor(): FrontDoor {
        return new FrontDoor(Number(this.settings.private.port), this.secret("certificate"), this.login);
    }

    /** Removes containers and files, whatever state they are in. */
    async remove(): Promise<void> {
        const project = this.root.split("/").at(-1);
        const ids = `$(docker ps -aq --filter label=com.docker.compose.project=${project})`;
        await this.ssh(
            `ids=${ids}; [ -z "$ids" ] || docker rm -f $ids; umount ${this.root} 2>/dev/null; rm -rf ${this.root}`,
        );
    }
}
