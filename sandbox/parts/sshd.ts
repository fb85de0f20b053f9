import { chmodSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { writeAtomically } from "../lib/files.js";
import { originOf } from "../lib/origin.js";
import type { Part, PartContext } from "../lib/part.js";
import { findExecutable, run } from "../lib/run.js";

/** What it hands to the stack file and to Vault. */
export const sshdValues = { hostKey: "sshd.host-key", identity: "sshd.identity" } as const;

/** The host's name and key, as `known_hosts` wants them, and the private key that may log in. */
export const sshdFiles = { hostKey: "host_key", identity: "id", knownHosts: "known_hosts" } as const;

/** sshd's built-in directory to lock its unprivileged half into, and the user that this half runs as. */
const privilegeSeparation = { directory: "/run/sshd", user: "sshd" } as const;

/**
 * A machine to log in to: as the user who runs the sandbox, with a key of the sandbox, under a host key of its own that
 * clients pin.
 */
export const sshd: Part = {
    name: "sshd",
    needs: [],
    programs: ["sshd", "ssh-keygen"],
    origin: async (context) => originOf(context, "sshd"),
    async start(context) {
        const file = (name: string) => join(context.directory, name);
        await makeKey(context, file(sshdFiles.hostKey));
        await makeKey(context, file(sshdFiles.identity));
        const identity = readFileSync(`${file(sshdFiles.identity)}.pub`, "utf8");
        writeAtomically(file("authorized_keys"), identity, 0o600);
        const hostKey = readFileSync(`${file(sshdFiles.hostKey)}.pub`, "utf8")
            .split(" ")
            .slice(0, 2)
            .join(" ");
        context.values.set(sshdValues.hostKey, hostKey);
        context.values.set(sshdValues.identity, readFileSync(file(sshdFiles.identity), "utf8"));
        writeAtomically(file(sshdFiles.knownHosts), `[127.0.0.1]:${context.port("sshd")} ${hostKey}\n`);
        writeAtomically(file("sshd_config"), configuration(context));
        await context.spawn({ ...(await daemon(context)), inputs: [file("sshd_config"), file("authorized_keys")] });
        await context.waitUntil("sshd", () => greeting(context.port("sshd")), { processName: "sshd" });
    },
    stop: (context) => context.stop("sshd"),
};

function configuration(context: PartContext): string {
    const file = (name: string) => join(context.directory, name);
    return [
        "ListenAddress 127.0.0.1",
        `Port ${context.port("sshd")}`,
        `HostKey ${file(sshdFiles.hostKey)}`,
        "PidFile none",
        `AuthorizedKeysFile ${file("authorized_keys")}`,
        // The keys lie below directories that others may write to, such as a checkout in /tmp.
        "StrictModes no",
        "PermitRootLogin prohibit-password",
        "PasswordAuthentication no",
        "KbdInteractiveAuthentication no",
        "UsePAM no",
        `AllowUsers ${userInfo().username}`,
        "AcceptEnv PULUMI_* REGISTRY_* DEPLOY_*",
        `SetEnv PATH=${join(context.stateDirectory, "bin")}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
        "Subsystem sftp internal-sftp",
        "",
    ].join("\n");
}

/** A key pair without a passphrase, unless it is there. */
export async function makeKey(context: PartContext, path: string): Promise<void> {
    if (existsSync(path) && existsSync(`${path}.pub`)) return;
    mkdirSync(dirname(path), { recursive: true });
    await run("rm", ["-f", path, `${path}.pub`]);
    await run(context.bin("ssh-keygen"), ["-q", "-t", "ed25519", "-N", "", "-C", "sandbox", "-f", path]);
    chmodSync(path, 0o600);
}

/** As root, sshd wants a user and a directory that a machine without it does not have: they exist for this process only. */
async function daemon(context: PartContext) {
    const config = join(context.directory, "sshd_config");
    const args = ["-D", "-e", "-f", config];
    const command = context.bin("sshd");
    const users = readFileSync("/etc/passwd", "utf8");
    const isPrepared = users.includes(`\n${privilegeSeparation.user}:`) && existsSync(privilegeSeparation.directory);
    if (process.getuid?.() !== 0 || isPrepared) return { name: "sshd", command, args };

    const passwd = join(context.directory, "passwd");
    const entry = `${privilegeSeparation.user}:x:64022:65534::${privilegeSeparation.directory}:/usr/sbin/nologin\n`;
    writeAtomically(passwd, users.includes(`\n${privilegeSeparation.user}:`) ? users : users + entry);
    const script = [
        `mount --bind "$1" /etc/passwd`,
        // Nothing else below /run is of use to a session here, and the machine's own /run stays as it is.
        "mount -t tmpfs -o mode=755 tmpfs /run",
        `mkdir -m 755 ${privilegeSeparation.directory}`,
        "shift",
        'exec "$@"',
    ].join(" && ");
    const unshare = findExecutable("unshare", process.env.PATH ?? "");
    if (unshare === undefined) throw new Error("there is no unshare (package util-linux) to give sshd its own /run");
    return {
        name: "sshd",
        command: unshare,
        args: ["--mount", "--propagation", "private", "sh", "-ec", script, "sh", passwd, command, ...args],
    };
}

/** Resolves once the server says which protocol it speaks. */
export function greeting(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
        const socket = connect(port, "127.0.0.1");
        socket.setTimeout(2_000, () => socket.destroy(new Error("no greeting")));
        socket.once("error", reject);
        socket.once("data", (data) => {
            socket.destroy();
            if (data.toString("latin1").startsWith("SSH-2.0-")) resolve();
            else reject(new Error("this is no SSH server"));
        });
        socket.once("close", () => reject(new Error("closed without a greeting")));
    });
}
