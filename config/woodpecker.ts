import { z } from "zod";
import { dnsLabel, serverUrl } from "./primitives.js";

/** `cicd:woodpecker`: the CI server that deploys, and where its steps run. */
export const woodpecker = z.strictObject({
    /** As GitHub Actions and the operator reach it. */
    url: serverUrl,
    /** As programs in the cluster reach it; `url` when left out. */
    inClusterUrl: serverUrl.optional(),
    /** Namespace of the server. */
    namespace: dnsLabel.default("woodpecker"),
    /** Namespace of the steps' pods; that of the server when left out. */
    pipelineNamespace: dnsLabel.optional(),
    /** ServiceAccount of deploy steps. The agent must allow it: WOODPECKER_BACKEND_K8S_SERVICE_ACCOUNT_NAME_ALLOW_FROM_STEP. */
    deployServiceAccount: dnsLabel.default("woodpecker-deployer"),
    /** Minutes after which the server ends a pipeline. */
    timeoutMinutes: z.int().min(1).max(120).default(60),
});

export type Woodpecker = z.infer<typeof woodpecker>;
