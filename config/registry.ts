import { z } from "zod";
import { absolutePath, imageReference, relativePath, serverUrl, vaultValue } from "./primitives.js";
import { calendarTime } from "./schedules.js";
import type { Blocks } from "./schema.js";
import { hostName, sshHost } from "./ssh.js";

const port = z.int().min(1).max(65_535);
const login = z.strictObject({ username: vaultValue, password: vaultValue });
const pinnedImage = imageReference.regex(/@sha256:/, "is not pinned by a digest (name:version@sha256:…)");

const upstream = z.strictObject({
    /** The registry that is cached. */
    url: serverUrl,
    /** On which its images are had without a login. */
    port,
    /** Of the cache itself, on loopback of the VM. */
    innerPort: port,
    /** Account there, for its limits; its images become readable for whoever reaches the port. */
    login: login.optional(),
});

/** Directories of the system: what lies in them beside the registry is not for this program to judge. */
const systems = /^\/(bin|boot|dev|etc|home|lib|lib64|media|mnt|opt|proc|root|run|sbin|srv|sys|tmp|usr|var)$/;

/** `cicd:registry`: the VM with the private registry and the caches of public ones. */
export const registry = z
    .strictObject({
        ssh: sshHost,
        /** Directory of the VM that is managed; everything but the images' data lies in it. */
        root: absolutePath
            .refine((path) => !systems.test(path), "is a directory of the system; name one of its own below it")
            .default("/opt/registry"),
        /** Where the images are, below `root`. */
        data: relativePath
            .refine((path) => path !== "." && !path.startsWith("."), "is not a directory below cicd:registry.root")
            .default("data"),
        /** Address of the VM on which all ports listen. */
        address: z.ipv4("is not an IPv4 address").default("0.0.0.0"),
        /** Name by which clients reach the private registry; its certificate has it. */
        name: hostName,
        private: z
            .strictObject({
                port: port.default(5050),
                /** Of the registry itself, on loopback of the VM. */
                innerPort: port.default(15_050),
            })
            .prefault({}),
        tls: z.strictObject({
            /** PEM, leaf first. */
            certificate: vaultValue,
            key: vaultValue,
        }),
        /** Who may log in to the private registry. */
        users: z.array(login).min(1),
        /** Each step doubles the time of every request: a probe of 8 requests at a time does 500 a second with 5, 15 with 10. */
        bcryptCost: z.int().min(4).max(14).default(5),
        /** Caches by name of their registry, such as `docker.io`. */
        upstreams: z
            .record(
                z
                    .string()
                    .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, "is not the name of a registry, such as docker.io"),
                upstream,
            )
            .default({}),
        retention: z
            .strictObject({
                /** Newest tags of a repository that stay. */
                keepTags: z.int().min(1).default(10),
                /** Tags that stay whatever their age: `repository:tag`, where `*` stands for any characters. */
                protect: z
                    .array(z.string().regex(/^[a-z0-9*][\w./*-]*:[\w.*-]+$/, "is not repository:tag"))
                    .default([]),
                /** What was pushed within these hours is never removed: its index may still be on its way. */
                graceHours: z.int().min(1).default(24),
                /** What starts the two programs below; `none`: somebody else does. */
                timers: z.enum(["systemd", "none"]).default("systemd"),
                /** When tags are removed. */
                cleanUp: calendarTime.default("*-*-* 02:00"),
                /** When the space of what was removed is freed; pushes are refused meanwhile, pulls are not. */
                collect: calendarTime.default("Sun *-*-* 03:00"),
            })
            .prefault({}),
        /** A web page of the private registry. */
        ui: z
            .strictObject({
                port,
                innerPort: port,
                /** joxit/docker-registry-ui, by digest. */
                image: pinnedImage,
            })
            .optional(),
    })
    .superRefine((block, context) => {
        const owners = new Map<number, string>();
        for (const [key, number] of portsOf(block)) {
            const owner = owners.get(number);
            if (owner !== undefined) {
                const message = `is taken by cicd:registry.${owner}; one service a port`;
                context.addIssue({ code: "custom", path: key.path, message });
            }
            owners.set(number, owner ?? key.path.join("."));
        }
    });

export type RegistryBlock = z.infer<typeof registry>;

/** Every port the VM listens on, with the key that asks for it. */
function portsOf({ ssh, private: own, upstreams, ui }: RegistryBlock): [{ path: string[] }, number][] {
    const both = (path: string[], { port, innerPort }: { port: number; innerPort: number }) =>
        [
            [{ path: [...path, "port"] }, port],
            [{ path: [...path, "innerPort"] }, innerPort],
        ] as [{ path: string[] }, number][];
    return [
        [{ path: ["ssh", "port"] }, ssh.port],
        ...both(["private"], own),
        ...Object.entries(upstreams).flatMap(([name, each]) => both(["upstreams", name], each)),
        ...(ui ? both(["ui"], ui) : []),
    ];
}

/** Every value of Vault the VM needs, with the key that asks for it. */
export function registrySources({ ssh, tls, users, upstreams }: RegistryBlock) {
    const logins = [
        ...users.map((user, i) => [`users.${i}`, user] as const),
        ...Object.entries(upstreams).flatMap(([name, { login }]) =>
            login ? [[`upstreams.${name}.login`, login] as const] : [],
        ),
    ];
    return [
        ["ssh.key", ssh.key] as const,
        ["tls.certificate", tls.certificate] as const,
        ["tls.key", tls.key] as const,
        ...logins.flatMap(
            ([key, { username, password }]) =>
                [
                    [`${key}.username`, username],
                    [`${key}.password`, password],
                ] as const,
        ),
    ].map(([key, source]) => ({ key: `cicd:registry.${key}`, source }));
}

/** Files of the VM, below `root`, that are this program's and nobody else's. */
export const ownFiles = ["docker-compose.yml"] as const;
/** Directories below `root` in which every file is this program's. */
export const ownDirectories = ["bin", "cache", "nginx", "private", "units"] as const;

/** Files that the infra pipeline `registry-config-sync` brings to the same directory of the same VM. */
export function syncedFiles({ registry: block, infra }: Blocks): string[] {
    const sync = infra?.pipelines["registry-config-sync"];
    if (!block || !sync || sync.ssh.host !== block.ssh.host || sync.root !== block.root) return [];
    return sync.files.map(({ file, target = file }) => target);
}

/** What the registry block needs of others. */
export function registryReferences(blocks: Blocks): string[] {
    const { registry: block, infra } = blocks;
    if (!block) return [];
    const problems: string[] = [];
    const sync = infra?.pipelines["registry-config-sync"];
    if (sync && sync.ssh.host === block.ssh.host && sync.ssh.hostKey !== block.ssh.hostKey) {
        problems.push(
            `cicd:registry.ssh.hostKey: is not that of cicd:infra.pipelines.registry-config-sync.ssh.hostKey, though both are ${block.ssh.host}`,
        );
    }
    const names = new Set<string>([...ownFiles, ...ownDirectories]);
    syncedFiles(blocks).forEach((target, i) => {
        if (!names.has(target)) return;
        problems.push(
            `cicd:infra.pipelines.registry-config-sync.files.${i}: "${target}" is written by cicd:registry too; leave it to one of them`,
        );
    });
    return problems;
}
