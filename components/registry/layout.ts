import type { Registry } from "../../config/settings.js";

/** Name of the compose project in a directory: `registry` in `/opt/registry`. */
export function projectOf({ root }: Pick<Registry, "root">): string {
    const name = root.slice(root.lastIndexOf("/") + 1).toLowerCase();
    return name.replace(/[^a-z0-9_-]/g, "-").replace(/^[^a-z0-9]+/, "") || "registry";
}

/** Where things are on the VM. */
export const paths = (root: string) => ({
    compose: `${root}/docker-compose.yml`,
    nginx: `${root}/nginx`,
    private: `${root}/private`,
    cache: (name: string) => `${root}/cache/${name}`,
    bin: `${root}/bin`,
    units: `${root}/units`,
    /** Put there by hand: while it is there, nothing is removed from the private registry. */
    hold: `${root}/hold`,
});

/** Where the VM itself asks what listens on its address. */
export function frontOf({ address }: Pick<Registry, "address">): string {
    return address === "0.0.0.0" ? "127.0.0.1" : address;
}

/** Where containers see their configuration and their data. */
export const inside = { nginx: "/etc/front", registry: "/etc/docker/registry", data: "/var/lib/registry" } as const;

/** A registry that runs on the VM. */
export interface Served {
    /** Name of its service. */
    readonly service: string;
    readonly port: number;
    readonly innerPort: number;
    /** Name of its upstream; the private registry has none. */
    readonly upstream?: string;
}

/** The private registry, then the caches by name. */
export function servedBy({ private: own, upstreams }: Pick<Registry, "private" | "upstreams">): Served[] {
    return [
        { service: "private", ...own },
        ...Object.entries(upstreams)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([upstream, { port, innerPort }]) => ({
                service: `cache-${upstream.replaceAll(".", "-")}`,
                port,
                innerPort,
                upstream,
            })),
    ];
}

/** Directory of the VM that a registry's images are in. */
export function dataOf({ root, data }: Pick<Registry, "root" | "data">, { service }: Served): string {
    return `${root}/${data}/${service}`;
}
