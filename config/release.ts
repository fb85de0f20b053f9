import { z } from "zod";
import { seconds } from "./job.js";

/** `cicd:release`: how pinned images (`apps.<name>.sha`) are rolled out. */
export const release = z.strictObject({
    /** How long the rollout of a pinned image may take. */
    rolloutSeconds: seconds(10, 3600).default(300),
    /**
     * What becomes of a deploy by CI of a pinned application. `refuse`: it fails before anything is changed and says so.
     */
    ciDeploys: z.enum(["refuse"]).default("refuse"),
});

export type ReleaseBlock = z.infer<typeof release>;
