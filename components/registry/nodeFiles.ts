import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { NodesBlock } from "../../config/nodes.js";
import type { ManagedFile } from "../host/payload.js";
import { hostsToml } from "./hostsToml.js";

type Mirrors = Pick<NodesBlock, "upstreams" | "directory">;

/** The files of a node: a `hosts.toml` for each registry, and certificates of private CAs beside it. */
export function nodeFiles({ upstreams, directory }: Mirrors): ManagedFile[] {
    return Object.entries(upstreams)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .flatMap(([name, { server, mirrors }]) => {
            const folder = `${directory}/${folderOf(name)}`;
            const caOf = (index: number) => `${folder}/ca-${index + 1}.pem`;
            const certificates = mirrors.flatMap(({ ca }, i) => (ca ? [{ path: caOf(i), content: ca }] : []));
            const content = hostsToml({
                server,
                mirrors: mirrors.map((mirror, i) => ({ ...mirror, ca: mirror.ca && caOf(i) })),
            });
            return [...certificates, { path: `${folder}/hosts.toml`, content }];
        });
}

/** The name of a directory must have no colon where it is a path in a list of paths; containerd knows this form too. */
function folderOf(name: string): string {
    const [host, port] = name.split(":");
    return port === undefined ? name : `${host}_${port}_`;
}

/** What a node does with the files: it refuses them where containerd would not read them. */
export function nodeHooks({ directory, containerdConfig }: Pick<NodesBlock, "directory" | "containerdConfig">): string {
    return [
        `hosts_directory='${directory}'`,
        `containerd_config='${containerdConfig}'`,
        readFileSync(join(__dirname, "node.sh"), "utf8"),
    ].join("\n");
}
