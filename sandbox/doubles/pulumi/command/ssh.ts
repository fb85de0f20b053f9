/** Runs commands on other hosts through the system's ssh client. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { JsonObject } from "../provider/values.js";
import { type Output, type Run, run } from "./process.js";

/** `connection` of a remote resource, in the names of the official plugin. */
export interface Connection extends JsonObject {
    host: string;
}

export type RemoteRun = Omit<Run, "program" | "args" | "directory" | "environment"> & {
    readonly command: string;
    /** Sent to the server, which must accept the names (AcceptEnv). */
    readonly environment: Readonly<Record<string, string>>;
    /** The command fails if the server did not take these. */
    readonly required: readonly string[];
};

const known = ["host", "port", "user", "hostKey", "privateKey", "agentSocketPath", "dialErrorLimit", "perDialTimeout"];
const environmentRefused = 197;
const connectionFailed = 255;

/**
 * Runs the command there.
 *
 * @throws if no connection comes about: a refused one is tried again, a wrong key or host key is not
 */
export async function runRemote(connection: Connection, remote: RemoteRun): Promise<Output> {
    const foreign = Object.keys(connection).filter((name) => !known.includes(name));
    if (foreign.length > 0) {
        throw new Error(
            `connection.${foreign[0]} is not supported by the sandbox's stand-in; known are ${known.join(", ")}`,
        );
    }
    const directory = await mkdtemp(join(tmpdir(), "ssh-"));
    try {
        const options = await clientOptions(connection, directory);
        const args = [
            ...options.flatMap((option) => ["-o", option]),
            ...Object.keys(remote.environment).flatMap((name) => ["-o", `SendEnv=${name}`]),
            connection.host,
            checked(remote.command, remote.required),
        ];
        return await connectAndRun(connection, { ...remote, program: "ssh", args });
    } finally {
        await rm(directory, { recursive: true, force: true });
    }
}

async function connectAndRun(connection: Connection, remote: RemoteRun & { program: string; args: string[] }) {
    const limit = Number(connection.dialErrorLimit ?? 10);
    const where = `${String(connection.user ?? "root")}@${connection.host}:${String(connection.port ?? 22)}`;
    for (let failures = 1; ; failures++) {
        const output = await run({ ...remote, environment: { ...process.env, ...remote.environment } });
        if (output.exit === environmentRefused && output.both.startsWith("not accepted: ")) {
            throw new Error(
                `could not set environment variable ${output.stderr.slice("not accepted: ".length)} on ${where}: the server does not accept it (AcceptEnv)`,
            );
        }
        const refused = /^(ssh: connect|kex_exchange|Connection (refused|reset|closed|timed out))/m.test(output.stderr);
        const denied = /^(Host key verification failed|.*Permission denied|No .* host key is known)/m.test(
            output.stderr,
        );
        if (output.exit !== connectionFailed || output.stdout !== "" || !(refused || denied)) {
            return output;
        }
        if (denied || (limit >= 0 && failures > limit) || remote.cancelled.aborted) {
            const attempts = failures > 1 ? ` after ${failures} attempts` : "";
            throw new Error(`no connection to ${where}${attempts}: ${output.stderr.split("\n").at(-1)}`);
        }
        await sleep(Math.min(100 * 2 ** failures, 5000), undefined, { signal: remote.cancelled }).catch(() => {});
    }
}

async function clientOptions(connection: Connection, directory: string): Promise<string[]> {
    const { port = 22, user = "root", perDialTimeout = 15, hostKey, privateKey, agentSocketPath } = connection;
    const knownHosts = join(directory, "known_hosts");
    const options = [
        // Nothing of the user's own configuration: the official plugin does not read it either.
        "BatchMode=yes",
        "GlobalKnownHostsFile=/dev/null",
        `UserKnownHostsFile=${knownHosts}`,
        "LogLevel=ERROR",
        `Port=${String(port)}`,
        `User=${String(user)}`,
        `ConnectTimeout=${String(perDialTimeout)}`,
    ];
    if (typeof hostKey === "string") {
        const [algorithm = "", key = ""] = hostKey.trim().split(/\s+/);
        if (key === "") {
            throw new Error("connection.hostKey is not a public key in the form `<algorithm> <base64>`");
        }
        await writeFile(knownHosts, `[${connection.host}]:${String(port)},${connection.host} ${algorithm} ${key}\n`);
        options.push("StrictHostKeyChecking=yes", `HostKeyAlgorithms=${algorithm}`);
    } else {
        options.push("StrictHostKeyChecking=no");
    }
    if (typeof privateKey === "string") {
        const identity = join(directory, "id");
        await writeFile(identity, privateKey.endsWith("\n") ? privateKey : `${privateKey}\n`, { mode: 0o600 });
        options.push("IdentitiesOnly=yes", `IdentityFile=${identity}`);
    }
    if (typeof agentSocketPath === "string") {
        options.push(`IdentityAgent=${agentSocketPath}`);
    }
    return options;
}

/** A server ignores variables without a word; so the command looks for them first. */
function checked(command: string, names: readonly string[]): string {
    const checks = names.map(
        (name) => `[ "\${${name}+set}" ] || { echo 'not accepted: ${name}' >&2; exit ${environmentRefused}; }\n`,
    );
    return checks.join("") + command;
}
