import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { locate } from "../../sandbox/lib/places.js";
import { findExecutable } from "../../sandbox/lib/run.js";
import { freePort, ServerProcess } from "./server.js";
import { putProgram } from "./shell.js";

const script = [
    'mount --bind "$1/lib" /var/lib',
    'mount --bind "$1/etc" /etc',
    "mount -t tmpfs -o mode=755 tmpfs /run",
    "mkdir -m 755 /run/sshd",
    'exec "$2" -D -e -f "$1/sshd_config"',
].join(" && ");

/**
 * A machine to log in to by ssh, with a real sshd: this one, but with an /etc, a /var/lib and a /run of its own, so that nothing
 * a pipeline changes there is changed here.
 */
export class SshHost {
    private constructor(
        /** Has `etc` and `lib` of that machine, and what a test puts there. */
        readonly directory: string,
        readonly port: number,
        private readonly server: ServerProcess,
    ) {}

    /** Whether this user may give a process mounts of its own. */
    static isPossible(): boolean {
        return process.getuid?.() === 0 && spawnSync("unshare", ["--mount", "true"]).status === 0;
    }

    static async start(): Promise<SshHost> {
        const directory = mkdtempSync(join(tmpdir(), "ssh-host-"));
        cpSync("/etc", join(directory, "etc"), { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
        for (const name of ["lib/nfs", "bin"]) mkdirSync(join(directory, name), { recursive: true });
        const passwd = join(directory, "etc/passwd");
        if (!/^sshd:/m.test(readFileSync(passwd, "utf8"))) {
            appendFileSync(passwd, "sshd:x:64022:65534::/run/sshd:/usr/sbin/nologin\n");
        }
        for (const key of ["host_key", "login_key"]) makeKey(join(directory, key));
        const port = await freePort();
        writeFileSync(
            join(directory, "sshd_config"),
            [
                "ListenAddress 127.0.0.1",
                `Port ${port}`,
                `HostKey ${join(directory, "host_key")}`,
                "PidFile none",
                `AuthorizedKeysFile ${join(directory, "login_key.pub")}`,
                "StrictModes no",
                "PermitRootLogin prohibit-password",
                "PasswordAuthentication no",
                "KbdInteractiveAuthentication no",
                "UsePAM no",
                `SetEnv PATH=${join(directory, "bin")}:${locate().bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
                "",
            ].join("\n"),
        );
        const sshd = findExecutable("sshd", `${process.env.PATH}:/usr/sbin`);
        if (sshd === undefined) throw new Error("there is no sshd: npm run sandbox -- up");
        const args = ["--mount", "--propagation", "private", "sh", "-ec", script, "sh", directory, sshd];
        const server = await ServerProcess.start("unshare", args, () => greeting(port));
        return new SshHost(directory, port, server);
    }

    /** What a step needs in its environment to reach this host. */
    get access(): Readonly<Record<string, string>> {
        return {
            SSH_HOST: "127.0.0.1",
            SSH_PORT: String(this.port),
            SSH_USER: userInfo().username,
            SSH_HOST_KEY: this.hostKey,
            SSH_KEY: this.loginKey,
        };
    }

    /** Type and key, as somebody pins it. */
    get hostKey(): string {
        return this.publicKey("host_key");
    }

    /** Private key of the user who may log in. */
    get loginKey(): string {
        return readFileSync(join(this.directory, "login_key"), "utf8");
    }

    /** A program on that machine's PATH. @param text shell text */
    program(name: string, text: string): void {
        putProgram(join(this.directory, "bin"), name, `#!/bin/sh\n${text}\n`);
    }

    async stop(): Promise<void> {
        await this.server.stop();
        rmSync(this.directory, { recursive: true });
    }

    private publicKey(name: string): string {
        return readFileSync(join(this.directory, `${name}.pub`), "utf8")
            .split(" ")
            .slice(0, 2)
            .join(" ");
    }
}

/** A pinned key that belongs to no host. */
export const strangeHostKey = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA${"I".padEnd(44, "A")}`;

/** A private key that no host knows. @param directory gets the file */
export function strangeLoginKey(directory: string): string {
    const file = join(directory, "strange_key");
    rmSync(file, { force: true });
    makeKey(file);
    return readFileSync(file, "utf8");
}

function makeKey(file: string): void {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", file]);
}

function greeting(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
        const socket = connect(port, "127.0.0.1");
        socket.setTimeout(2000, () => socket.destroy(new Error("no greeting")));
        socket.once("error", reject);
        socket.once("data", () => {
            socket.destroy();
            resolve();
        });
        socket.once("close", () => reject(new Error("closed without a greeting")));
    });
}
