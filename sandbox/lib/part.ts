/** What one server of the sandbox is, and what it may use to start. */

/** A long-running process that the supervisor starts detached, with its log in the state directory. */
export interface ProcessSpec {
    /** Unique name: its log `logs/<name>.log` and its record `run/<name>.json` are called after it. */
    readonly name: string;
    /** Absolute path of the program. */
    readonly command: string;
    readonly args: readonly string[];
    /** The whole environment of the process; nothing is inherited but PATH, HOME and TMPDIR. Secrets belong here or in files, never in `args`. */
    readonly env?: Readonly<Record<string, string>>;
    readonly cwd?: string;
    /** Files whose content is part of the specification: a change of one of them restarts the process. Bundles among `args` always are. */
    readonly inputs?: readonly string[];
}

/** Names of the ports, all on 127.0.0.1; defaults are in `ports.ts`. */
export type PortName =
    | "woodpecker"
    | "woodpecker-grpc"
    | "prometheus"
    | "pushgateway"
    | "vault"
    | "vault-cluster"
    | "github"
    | "registry"
    | "public-registry"
    | "vm-ssh"
    | "vm-private"
    | "vm-private-inner"
    | "vm-docker"
    | "vm-docker-inner"
    | "vm-ghcr"
    | "vm-ghcr-inner"
    | "kube-apiserver"
    | "etcd"
    | "etcd-peer"
    | "kube-controller-manager"
    | "kube-scheduler"
    | "kubelet"
    | "kwok"
    | "kyverno"
    | "kyverno-metrics"
    | "kyverno-background-metrics"
    | "sshd"
    | "slack";

/** What a part gets from the supervisor. */
export interface PartContext {
    /** The part's own directory below the state directory, made with mode 700. */
    readonly directory: string;
    /** The state directory of the sandbox. */
    readonly stateDirectory: string;
    /** The checkout. */
    readonly root: string;
    readonly port: (name: PortName) => number;
    /** Absolute path of an installed program, for example `bin("kube")`; an error that says what provides it otherwise. */
    readonly bin: (program: string) => string;
    /** Where an installed program came from; `undefined` for an optional one that this machine does not have. */
    readonly provenance: (program: string) => Provenance | undefined;
    /** Node of version 22 or later. */
    readonly node: string;
    /** Starts the process unless one of that name runs with the same specification; replaces it if the specification changed. */
    readonly spawn: (process: ProcessSpec) => Promise<void>;
    /** Ends a process and waits for it (TERM, then KILL after ten seconds). */
    readonly stop: (processName: string) => Promise<void>;
    /**
     * Repeats `probe` until it returns without throwing; fails early, with the end of the log, when `processName` has died.
     *
     * @param what completes the sentence "waiting for …"
     */
    readonly waitUntil: (what: string, probe: () => Promise<unknown>, options?: WaitOptions) => Promise<void>;
    /** One line of progress: what is being done now. */
    readonly say: (text: string) => void;
    /** Values that parts hand to later ones and to `sandbox env`; kept in the state directory with mode 600. */
    readonly values: Map<string, string>;
}

/** How a program got here, for example version `2.8.3` from `the Go module proxy`. */
export interface Provenance {
    readonly version: string;
    readonly from: string;
}

export interface WaitOptions {
    readonly processName?: string;
    /** @default 60 */
    readonly timeoutSeconds?: number;
}

/** How a part is had on this machine. */
export interface Origin {
    readonly kind: "real" | "double" | "simulated";
    /** For example `1.34.4`; empty for doubles. */
    readonly version: string;
    /** For example `built from the Go module proxy`. */
    readonly from: string;
}

/** One server (or a tight group of them) of the sandbox. */
export interface Part {
    readonly name: string;
    /** Names of the parts that must be up before. */
    readonly needs: readonly string[];
    /** Programs that must be installed first, by the name `bin` knows them by. */
    readonly programs: readonly string[];
    readonly origin: (context: PartContext) => Promise<Origin>;
    /** Starts what is not running, waits until it serves, seeds what must exist beforehand. Running it again changes nothing. */
    readonly start: (context: PartContext) => Promise<void>;
    /** Ends every process and takes back mounts, links and rules. */
    readonly stop: (context: PartContext) => Promise<void>;
}
