import { z } from "zod";
import { seconds } from "./job.js";
import { branchName, relativePath, repositoryName, vaultValue } from "./primitives.js";
import type { Blocks } from "./schema.js";

const record = z.strictObject({
    /** Repository on the forge that has the stack file. */
    repository: repositoryName,
    /** `github.defaultBranch` when left out. */
    branch: branchName.optional(),
    /** Path of the stack file in it. */
    file: relativePath.refine((path) => path !== ".", "is not a file"),
    /** Token that may write contents there. Every deploy step can read it. */
    token: vaultValue,
});

/** `cicd:release`: how pinned images (`apps.<name>.sha`) are rolled out. */
export const release = z
    .strictObject({
        /** How long the rollout of a pinned image may take. */
        rolloutSeconds: seconds(10, 3600).default(300),
        /**
         * What becomes of a deploy by CI of a pinned application. `refuse`: it fails before anything is changed, and says
         * how to roll. `record`: it is deployed, and the pin in the stack file follows by a commit.
         */
        ciDeploys: z.enum(["refuse", "record"]).default("refuse"),
        /** Where `record` commits to. */
        record: record.optional(),
    })
    .superRefine((block, context) => {
        if (block.ciDeploys !== "record" || block.record) return;
        context.addIssue({ code: "custom", path: ["record"], message: "is missing, though ciDeploys is record" });
    });

export type ReleaseBlock = z.infer<typeof release>;

/** The forge the stack file is on is that of the applications. */
export function releaseReferences(blocks: Blocks, broken: ReadonlySet<string>): string[] {
    if (!blocks.release.record) return [];
    return (["github", "vault"] as const)
        .filter((block) => !blocks[block] && !broken.has(block))
        .map((block) => `cicd:release.record: needs cicd:${block}, which is switched off`);
}
