import { createServer } from "node:net";
import { join } from "node:path";
import { readJson, writeAtomically } from "./files.js";
import type { PortName } from "./part.js";

/** The committed stack file speaks of these; another number is used only where one is taken. */
export const defaultPorts: Readonly<Record<PortName, number>> = {
    woodpecker: 18000,
    "woodpecker-grpc": 18001,
    sshd: 18022,
    prometheus: 18090,
    pushgateway: 18091,
    vault: 18200,
    "vault-cluster": 18201,
    kwok: 18247,
    kubelet: 18250,
    "kube-controller-manager": 18257,
    "kube-scheduler": 18259,
    github: 18300,
    etcd: 18379,
    "etcd-peer": 18380,
    "kube-apiserver": 18443,
    kyverno: 18444,
    "kyverno-metrics": 18445,
    "kyverno-background-metrics": 18446,
    registry: 18500,
    "public-registry": 18590,
    "vm-ssh": 18023,
    "vm-docker": 18501,
    "vm-docker-inner": 18502,
    "vm-ghcr": 18510,
    "vm-ghcr-inner": 18511,
    "vm-private": 18550,
    "vm-private-inner": 18551,
    slack: 18900,
};

export type Ports = Readonly<Record<PortName, number>>;

/** How the choice asks about the machine; replaced in tests. */
export interface PortProbe {
    readonly isFree: (port: number) => Promise<boolean>;
    readonly anyFree: () => Promise<number>;
}

/**
 * Keeps what was chosen before while it is free or our own server listens there; else the default; else any free port.
 *
 * @param remembered the choice of an earlier run
 * @param ours ports on which processes of this sandbox listen now
 * @param claimed ports that other sandboxes have chosen; they are not free, whether or not one listens there
 */
export async function choosePorts(
    remembered: Partial<Record<PortName, number>>,
    ours: ReadonlySet<number>,
    claimed: ReadonlySet<number>,
    probe: PortProbe = loopback,
): Promise<Ports> {
    const chosen: Partial<Record<PortName, number>> = {};
    const given = new Set<number>();
    for (const name of Object.keys(defaultPorts) as PortName[]) {
        const candidates = [remembered[name], defaultPorts[name]].filter((port) => port !== undefined);
        let port: number | undefined;
        for (const candidate of candidates) {
            if (given.has(candidate)) continue;
            if (ours.has(candidate) || (!claimed.has(candidate) && (await probe.isFree(candidate)))) {
                port = candidate;
                break;
            }
        }
        while (port === undefined || given.has(port) || (claimed.has(port) && !ours.has(port))) {
            port = await probe.anyFree();
        }
        chosen[name] = port;
        given.add(port);
    }
    return chosen as Ports;
}

const loopback: PortProbe = {
    isFree: (port) =>
        new Promise((resolve) => {
            const server = createServer();
            server.once("error", () => resolve(false));
            server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
        }),
    anyFree: () =>
        new Promise((resolve, reject) => {
            const server = createServer();
            server.once("error", reject);
            server.listen({ port: 0, host: "127.0.0.1" }, () => {
                const address = server.address();
                server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
            });
        }),
};

/** The chosen ports of an earlier run; the defaults for what it did not choose. */
export function rememberedPorts(stateDirectory: string): Ports {
    return { ...defaultPorts, ...readJson<Partial<Ports>>(join(stateDirectory, "ports.json")) };
}

export function rememberPorts(stateDirectory: string, ports: Ports): void {
    writeAtomically(join(stateDirectory, "ports.json"), `${JSON.stringify(ports, null, 2)}\n`);
}
