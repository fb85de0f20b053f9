import type { Recipe } from "../recipe.js";

const kubernetes = "1.34.4";
const kubernetesStamps = Object.fromEntries(
    ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"].flatMap((path) => [
        // Pulumi refuses a server that calls itself v0.0.
        [`${path}.gitVersion`, `v${kubernetes}`],
        [`${path}.gitMajor`, "1"],
        [`${path}.gitMinor`, "34"],
    ]),
);

const kyverno = "1.19.1";

/** What a cluster of one node runs, and what runs on it. */
export const cluster: readonly Recipe[] = [
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
        name: "kyverno",
        why: "to copy the registry's credential into every namespace",
        version: kyverno,
        folder: "kyverno",
        package: "github.com/kyverno/kyverno/cmd/kyverno",
        also: ["github.com/kyverno/kyverno/cmd/background-controller"],
        stamps: { "github.com/kyverno/kyverno/pkg/version.BuildVersion": `v${kyverno}` },
        programs: {
            kyverno: "kyverno",
            "kyverno-background": "background-controller",
            "kyverno-manifest": "install.yaml",
        },
        offPath: ["kyverno-manifest"],
        files: {
            "install.yaml": { module: "github.com/kyverno/kyverno", path: "config/install-latest-testing.yaml" },
        },
        packages: 2900,
        cpuSeconds: 700,
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
];
