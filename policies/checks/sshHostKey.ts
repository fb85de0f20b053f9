import type { Check } from "../lib/check.js";
import { at, type Resource, unknownYet } from "../lib/resource.js";
import { usesSsh } from "../lib/ssh.js";

export const sshHostKey: Check = {
    name: "ssh-host-key-is-pinned",
    description: "SSH connections name the key of the host they expect.",
    why: "Without it any host that answers at the address is trusted, and gets the configuration and the secrets that are sent.",
    remedy: "Set connection.hostKey (and connection.proxy.hostKey) to a line of `ssh-keyscan <host>` that was compared with the host's own.",
    severity: "critical",
    find: (resource) => {
        if (!usesSsh(resource)) return [];
        const { connection } = resource.properties;
        const hops = ["connection", ...(at(connection, "proxy") === undefined ? [] : ["connection.proxy"])];
        return hops
            .filter((hop) => !hasKey(resource, hop))
            .map((hop) => ({ subject: host(resource, hop), message: `${hop}.hostKey is not set` }));
    },
};

function hasKey({ properties }: Resource, hop: string): boolean {
    const key = at(properties, ...hop.split("."), "hostKey");
    return key === unknownYet || (typeof key === "string" && key !== "");
}

function host({ properties, name }: Resource, hop: string): string {
    const value = at(properties, ...hop.split("."), "host");
    return typeof value === "string" ? value : name;
}
