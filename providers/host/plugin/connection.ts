import { createHash } from "node:crypto";
import { Client, utils } from "ssh2";

/** How a host is reached. */
export interface Connection {
    readonly host: string;
    /** @default 22 */
    readonly port?: number;
    /** @default "root" */
    readonly user?: string;
    /** Pinned: type and key as in `known_hosts`, without the host. */
    readonly hostKey: string;
    /** Private key of `user`. */
    readonly privateKey: string;
}

/** How long is waited for a host that let us in. */
export interface Patience {
    /** For the end of the program. A look takes seconds. @default 60_000 */
    readonly answerMilliseconds?: number;
    /** From one sign of life to the next; the connection ends when more than three are missing. @default 5_000 */
    readonly keepaliveMilliseconds?: number;
}

const connectMilliseconds = 15_000;
const missingSigns = 3;
/** Types of keys a host signs with, by the type that is pinned. */
const signatures: Readonly<Record<string, readonly string[]>> = { "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256"] };

/** A host that could not be looked at: it does not answer, not any more, or refuses us. */
export class Unreachable extends Error {}

/**
 * Runs a shell program there, over one connection.
 *
 * @returns what it printed
 * @throws Unreachable if no connection comes about, or the answer does not; Error if the host shows another key, or the program
 * fails
 */
export async function runShell(
    to: Connection,
    program: string,
    interrupted: AbortSignal,
    { answerMilliseconds = 60_000, keepaliveMilliseconds = 5_000 }: Patience = {},
): Promise<string> {
    const client = await connect(to, keepaliveMilliseconds, interrupted);
    try {
        return await execute(client, to, program, answerMilliseconds);
    } finally {
        client.end();
    }
}

function connect(to: Connection, keepaliveInterval: number, interrupted: AbortSignal): Promise<Client> {
    const { host, port = 22, user = "root", hostKey, privateKey } = to;
    const [type = "", pinned = ""] = hostKey.split(" ");
    let shown: string | undefined;
    return new Promise((resolve, reject) => {
        if (utils.parseKey(privateKey) instanceof Error) {
            reject(new Error(`the private key for ${user}@${host} is not one that ssh reads, or it has a passphrase`));
            return;
        }
        const client = new Client();
        const stop = () => client.destroy();
        interrupted.addEventListener("abort", stop, { once: true });
        client.once("ready", () => resolve(client));
        client.on("error", (error) => {
            const { level } = error as { level?: string };
            if (shown !== undefined && shown !== pinned) reject(new Error(otherKey(to, shown)));
            else if (level === "client-authentication") {
                reject(new Unreachable(`${host} refuses the key of ${user}: is it in its authorized_keys?`));
            } else if (/no matching host key/i.test(error.message)) {
                reject(new Error(`${host} has no host key of the pinned type ${type}: ${error.message}`));
            } else reject(new Unreachable(`${host}:${port} does not answer: ${error.message}`));
        });
        client.once("close", () => {
            interrupted.removeEventListener("abort", stop);
            reject(new Unreachable(`${host}:${port} closed the connection`));
        });
        client.connect({
            host,
            port,
            username: user,
            privateKey,
            readyTimeout: connectMilliseconds,
            keepaliveInterval,
            keepaliveCountMax: missingSigns,
            algorithms: { serverHostKey: [...(signatures[type] ?? [type])] as never },
            hostVerifier: (key: Buffer) => {
                shown = key.toString("base64");
                return shown === pinned;
            },
        });
    });
}

function otherKey({ host, hostKey }: Connection, shown: string): string {
    return [
        `${host} shows the host key ${fingerprint(shown)}, but pinned is ${fingerprint(hostKey.split(" ")[1] ?? "")}.`,
        "Either the host was set up anew, or somebody else answers in its place: nothing was sent.",
        "Compare with `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on the host's console and set hostKey.",
    ].join("\n");
}

function fingerprint(key: string): string {
    return `SHA256:${createHash("sha256").update(Buffer.from(key, "base64")).digest("base64").replace(/=+$/, "")}`;
}

function execute(
    client: Client,
    { host, user = "root" }: Connection,
    program: string,
    milliseconds: number,
): Promise<string> {
    return new Promise((resolve, reject) => {
        const limit = setTimeout(() => {
            const asked = `${host} let ${user} in, but gave no answer within ${milliseconds / 1000} s`;
            reject(new Unreachable(`${asked} (does docker or a mount hang there?)`));
            client.destroy();
        }, milliseconds);
        client.once("close", () => {
            clearTimeout(limit);
            reject(new Unreachable(`${host} broke off the connection while it was looked at`));
        });
        client.exec(user === "root" ? "sh -s" : "sudo -n sh -s", (error, channel) => {
            if (error) {
                reject(new Error(`${host} runs no command: ${error.message}`));
                return;
            }
            let output = "";
            let complaints = "";
            channel.setEncoding("utf8").on("data", (text: string) => {
                output += text;
            });
            channel.stderr.setEncoding("utf8").on("data", (text: string) => {
                complaints += text;
            });
            channel.once("close", (code: number | null) => {
                if (code === 0) resolve(output);
                else reject(new Error(`looking at ${host} failed (exit code ${code}): ${complaints.trim()}`));
            });
            channel.end(program);
        });
    });
}
