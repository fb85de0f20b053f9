import { z } from "zod";
import { branchName, serverUrl } from "./primitives.js";

/** `cicd:github`: where the applications' repositories are, and who commits the pipeline's files there. */
export const github = z.strictObject({
    /** User or organisation that owns the repositories. */
    owner: z.string().regex(/^[A-Za-z0-9](-?[A-Za-z0-9])*$/, "is not a GitHub user or organisation"),
    /** GitHub Enterprise Server; github.com when left out. */
    baseUrl: serverUrl.optional(),
    /** Branch of repositories that name none. */
    defaultBranch: branchName.default("main"),
    commitAuthor: z
        .strictObject({ name: z.string().min(1), email: z.email("is not an e-mail address") })
        .default({ name: "cicd-pipeline", email: "cicd-pipeline@users.noreply.github.com" }),
});

export type GitHub = z.infer<typeof github>;
