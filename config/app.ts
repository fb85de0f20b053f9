import { z } from "zod";
import { branchName, dnsLabel, imageRepository, relativePath, repositoryName, shortSha } from "./primitives.js";

const image = z.strictObject({
    /** Full name without tag. */
    name: imageRepository,
    /** Directory that is sent to the builder. */
    context: relativePath.default("."),
    /** `Dockerfile` in the context when left out. */
    dockerfile: relativePath.optional(),
});

const deployment = z.strictObject({
    namespace: dnsLabel,
    deployment: dnsLabel,
    container: dnsLabel,
    /** Which of the application's images runs here; may be left out where there is one only. */
    image: imageRepository.optional(),
});

/** `cicd:apps.<name>`: where one application is built, and which containers its images go into. */
export const app = z.strictObject({
    repository: repositoryName,
    /** Branches whose pushes are deployed; the pipeline's files go to the first. `github.defaultBranch` when left out. */
    branches: z.array(branchName).min(1).optional(),
    build: z.enum(["github-actions", "woodpecker"]).default("github-actions"),
    /** Directory of the application in a repository that holds other things too: only pushes that touch it are built. */
    directory: relativePath.refine((path) => path !== ".", "is the whole repository; leave it out").optional(),
    images: z.array(image).min(1),
    deployments: z.array(deployment).min(1),
    /** Pins what runs; without it the last deploy by CI decides. A Deployment takes the pin of one application. */
    sha: shortSha.optional(),
    /** Numeric id the repository must have in Woodpecker; asserted before anything is changed. */
    woodpeckerId: z.int().min(1).optional(),
});

/** Names become Kubernetes names, Vault roles, YAML and expressions, so they are held to the narrowest of these. */
export const apps = z.record(dnsLabel.max(40), app);

export type AppBlock = z.infer<typeof app>;
