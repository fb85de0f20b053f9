/** Whether this machine can run containers. */

import { execFileSync } from "node:child_process";
import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { readIfThere } from "../../lib/files.js";

const controlGroups = "/sys/fs/cgroup";
const neededControllers = ["cpu", "memory", "pids"];

/** How pods are had here. */
export type NodeKind =
    | { readonly kind: "real"; readonly address: string; readonly snapshotter: "overlayfs" | "native" }
    | { readonly kind: "simulated"; readonly reason: string };

/** How the registry's machine is had here. */
export type VmKind = { readonly kind: "real" } | { readonly kind: "none"; readonly reason: string };

/** A container engine needs what a node needs; a simulation there is none. */
export function vmKind(): VmKind {
    const node = nodeKind();
    return node.kind === "real" ? { kind: "real" } : { kind: "none", reason: node.reason };
}

let decided: NodeKind | undefined;

/**
 * Real where the kernel and our rights allow it.
 *
 * @param wish `SANDBOX_NODE=simulated` asks for simulation where a real node could be had
 */
export function nodeKind(wish: string | undefined = process.env.SANDBOX_NODE): NodeKind {
    decided ??= decide(wish);
    return decided;
}

function decide(wish: string | undefined): NodeKind {
    if (wish === "simulated") return { kind: "simulated", reason: "SANDBOX_NODE=simulated asks for it" };
    if (process.getuid?.() !== 0) return { kind: "simulated", reason: "containers need root" };
    if (!succeeds("mount --make-rprivate / && mount -t proc proc /proc")) {
        return { kind: "simulated", reason: "this machine does not allow new namespaces and mounts" };
    }
    const missing = missingControllers();
    if (missing !== undefined) return { kind: "simulated", reason: missing };
    const address = outwardAddress();
    if (address === undefined) {
        return { kind: "simulated", reason: "a kubelet needs an address besides 127.0.0.1, and this machine has none" };
    }
    return { kind: "real", address, snapshotter: overlaysWork() ? "overlayfs" : "native" };
}

function missingControllers(): string | undefined {
    const unified = readIfThere(join(controlGroups, "cgroup.controllers"));
    const present = unified?.trim().split(" ") ?? (existsSync(controlGroups) ? readdirSync(controlGroups) : []);
    const missing = neededControllers.filter((name) => !present.includes(name));
    if (missing.length > 0) return `control groups are missing: ${missing.join(", ")}`;
    const writable =
        unified === undefined ? neededControllers.map((name) => join(controlGroups, name)) : [controlGroups];
    for (const directory of writable) {
        try {
            accessSync(directory, constants.W_OK);
        } catch {
            return `${directory} is read-only`;
        }
    }
    return undefined;
}

/** The kubelet refuses a loopback address as its node's; nothing listens on this one. */
function outwardAddress(): string | undefined {
    const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
    return all.find(({ family, internal }) => family === "IPv4" && !internal)?.address;
}

/** On a file system that is an overlay itself (a container's) the kernel refuses another one. */
function overlaysWork(): boolean {
    return succeeds(`
        work=$(mktemp -d "$PWD/.overlay-XXXXXX")
        trap 'rm -rf "$work"' EXIT
        mkdir "$work/lower" "$work/upper" "$work/work" "$work/merged"
        mount -t overlay overlay -o "lowerdir=$work/lower,upperdir=$work/upper,workdir=$work/work" "$work/merged"
        umount "$work/merged"`);
}

/** Runs a script in namespaces of its own, so that its mounts go with it. */
function succeeds(script: string): boolean {
    try {
        execFileSync("unshare", ["--mount", "--pid", "--fork", "sh", "-ec", script], { stdio: "ignore" });
        return true;
    } catch {
        return false;
    }
}
