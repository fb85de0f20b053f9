import { z } from "zod";
import { certificate } from "./job.js";
import { absolutePath, dnsLabel, serverUrl } from "./primitives.js";
import { sshHost } from "./ssh.js";

const mirror = z
    .strictObject({
        url: serverUrl,
        capabilities: z
            .array(z.enum(["pull", "resolve", "push"]))
            .min(1)
            .default(["pull", "resolve"]),
        /** PEM certificate of a private CA; it goes to the node beside the file. */
        ca: certificate.optional(),
        /** Take any certificate. */
        skipVerify: z.boolean().default(false),
    })
    .superRefine(({ url, ca, skipVerify }, context) => {
        const issue = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
        if (skipVerify && ca)
            issue("skipVerify", "is set beside a ca, which would never be looked at; leave one of them out");
        if (url.startsWith("http:") && (skipVerify || ca)) {
            issue(
                ca ? "ca" : "skipVerify",
                "is of no use for a mirror without TLS; leave it out or make the url https",
            );
        }
    });

const upstream = z
    .strictObject({
        /** The registry itself, asked after all mirrors; what containerd knows by its name when left out. */
        server: serverUrl.optional(),
        /** In the order in which they are asked. */
        mirrors: z.array(mirror).default([]),
    })
    .superRefine(({ server, mirrors }, context) => {
        if (server !== undefined || mirrors.length > 0) return;
        context.addIssue({
            code: "custom",
            path: ["mirrors"],
            message: "is empty, and there is no server: say where it is, or leave it out",
        });
    });

/** As image names begin with it; `_default` stands for all that have no entry. */
const registryName = z
    .string()
    .regex(
        /^(_default|[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:[0-9]{1,5})?)$/,
        "is not a registry's host as image names have it, such as docker.io",
    );

/** `cicd:nodes`: where containerd on the cluster's nodes asks for images, in `hosts.toml` files pushed over SSH. */
export const nodes = z.strictObject({
    /** Each node by its name. One that is taken out has to answer, as its files are removed; if it is gone: docs/runbooks/nodes.md. */
    hosts: z.record(dnsLabel, sshHost),
    /** Registries by name, with their mirrors. */
    upstreams: z.record(registryName, upstream),
    /** Directory that containerd's `config_path` names. Files of others in it stay. */
    directory: absolutePath.default("/etc/containerd/certs.d"),
    /** Where a node's containerd reads its own configuration from. */
    containerdConfig: absolutePath.default("/etc/containerd/config.toml"),
});

export type NodesBlock = z.infer<typeof nodes>;

/** Everything it takes from Vault, by key of the stack file. */
export function nodeSources({ hosts }: NodesBlock) {
    return Object.entries(hosts).map(([name, { key }]) => [`cicd:nodes.hosts.${name}.key`, key] as const);
}
