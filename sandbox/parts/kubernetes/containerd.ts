/** containerd of a real node: its configuration, and images put into it without a registry. */

import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { archiveOf, fullReference, type Image } from "../../lib/oci.js";
import type { PartContext } from "../../lib/part.js";
import { run } from "../../lib/run.js";

/** Where the programs inside the enclosure see the socket. */
export const containerdSocket = "/run/containerd/containerd.sock";
/** Below the node's directory: containerd's configuration, and where it looks for `hosts.toml` files. */
export const nodeFiles = { containerd: "containerd.toml", hosts: "certs.d" } as const;
export const pauseImage = "localhost/sandbox/pause:1";

/**
 * Paths are containerd's own, laid over with directories of the node by `enclose`.
 *
 * @param networkDirectory holds the network configuration
 * @param hostsDirectory holds the `hosts.toml` files that the program pushes
 */
export function containerdConfiguration(networkDirectory: string, hostsDirectory: string, snapshotter: string): string {
    return `version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.aufs"]

[grpc]
  address = "${containerdSocket}"

[plugins."io.containerd.internal.v1.opt"]
  path = "/var/lib/containerd/opt"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  stream_server_address = "127.0.0.1"
  # Root without CAP_SYS_RESOURCE cannot lower the score.
  restrict_oom_score_adj = true

  [plugins."io.containerd.grpc.v1.cri".cni]
    conf_dir = "${networkDirectory}"

  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "${hostsDirectory}"

  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "${snapshotter}"

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"

      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
`;
}

/** Every pod shares the host's network, so the configuration is only there for the node to be called ready. */
export const networkConfiguration = JSON.stringify({
    cniVersion: "0.3.1",
    name: "none",
    plugins: [{ type: "loopback" }],
});

/** Directory of the node that lies over `/run/containerd` in the enclosure. */
export function runDirectory(nodeDirectory: string): string {
    return join(nodeDirectory, "run");
}

/** Ids of the containers that runc knows, running or gone with their enclosure. */
export function containersOf(nodeDirectory: string): string[] {
    const known = join(runDirectory(nodeDirectory), "runc/k8s.io");
    return existsSync(known) ? readdirSync(known) : [];
}

/** Names of the images that containerd has. */
export async function imageNames(context: PartContext, nodeDirectory: string): Promise<Set<string>> {
    const { stdout } = await ctr(context, nodeDirectory, ["images", "ls", "--quiet"]);
    return new Set(stdout.split("\n").filter((line) => line !== ""));
}

/** Puts an image into containerd under a name, whatever digest that name speaks of. */
export async function importImage(
    context: PartContext,
    nodeDirectory: string,
    image: Image,
    reference: string,
): Promise<void> {
    const temporary = join(nodeDirectory, "import");
    mkdirSync(temporary, { recursive: true });
    const archive = join(temporary, `${image.manifest.digest.slice(-12)}.tar`);
    writeFileSync(archive, await archiveOf(image, [fullReference(reference)]));
    try {
        await ctr(context, nodeDirectory, ["images", "import", archive]);
    } finally {
        rmSync(archive);
    }
}

export async function ctr(context: PartContext, nodeDirectory: string, args: readonly string[]) {
    // Relative: the path of a socket may have 107 characters only.
    return await run(context.bin("ctr"), ["--address", "containerd.sock", "--namespace", "k8s.io", ...args], {
        cwd: runDirectory(nodeDirectory),
    });
}
