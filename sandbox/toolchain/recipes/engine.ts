import type { Recipe } from "../recipe.js";

/** The engine and what it loads. */
export const engine: readonly Recipe[] = [
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
];
