import * as pulumi from "@pulumi/pulumi";
import type { NodesBlock } from "../../config/nodes.js";
import { HostFiles } from "../host/hostFiles.js";
import type { Credentials } from "../vault/credentials.js";
import { nodeFiles, nodeHooks } from "./nodeFiles.js";

export interface NodeMirrorsArgs {
    readonly nodes: NodesBlock;
    readonly credentials: Pick<Credentials, "value">;
    /** Files that are on the nodes already may be written over. */
    readonly adopt: boolean;
}

/**
 * Where containerd on the cluster's nodes asks for images: a `hosts.toml` for each registry on every node.
 *
 * Nodes are independent of each other: one that cannot be reached is named, by the refresh as a warning and by its push as an
 * error, and the others go on. Without `adopt` a new node has to be reached before anything is pushed, for its own files' sake.
 */
export class NodeMirrors extends pulumi.ComponentResource {
    /** Names of the nodes. */
    readonly nodes: readonly string[];

    constructor(name: string, args: NodeMirrorsArgs, opts?: pulumi.ComponentResourceOptions) {
        super("cicd:registry:NodeMirrors", name, {}, opts);
        const { nodes, credentials, adopt } = args;
        for (const [node, { host, port, user, hostKey, key }] of Object.entries(nodes.hosts)) {
            new HostFiles(
                `${name}-${node}`,
                {
                    connection: credentials
                        .value(key)
                        .apply((privateKey) => ({ host, port, user, hostKey, privateKey })),
                    root: nodes.directory,
                    files: nodeFiles(nodes),
                    hooks: nodeHooks(nodes),
                    adopt,
                    unreachable: "warn",
                },
                { parent: this },
            );
        }
        this.nodes = Object.keys(nodes.hosts).sort();
        this.registerOutputs({ nodes: this.nodes });
    }
}
