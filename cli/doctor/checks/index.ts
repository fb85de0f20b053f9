import type { Check } from "../check.js";
import { buildSize } from "./buildSize.js";
import { credentialSync } from "./credentialSync.js";
import { cronJobs } from "./cronJobs.js";
import { deployments } from "./deployments.js";
import { githubFiles } from "./githubFiles.js";
import { githubHooks } from "./githubHooks.js";
import { githubSecrets } from "./githubSecrets.js";
import { githubVariables } from "./githubVariables.js";
import { imageTags } from "./imageTags.js";
import { lastDeploys } from "./lastDeploys.js";
import { pullSecrets } from "./pullSecrets.js";
import { registryCaches } from "./registryCaches.js";
import { registryIntegrity } from "./registryIntegrity.js";
import { registryLogin } from "./registryLogin.js";
import { registryVm } from "./registryVm.js";
import { secretExtension } from "./secretExtension.js";
import { secretsInSync } from "./secretsInSync.js";
import { githubToken, kubeconfig, vaultToken } from "./tokens.js";
import { vaultLogins } from "./vaultLogins.js";
import { vaultSecrets } from "./vaultSecrets.js";
import { woodpeckerAgents } from "./woodpeckerAgents.js";
import { woodpeckerCrons } from "./woodpeckerCrons.js";
import { woodpeckerRepositories } from "./woodpeckerRepositories.js";
import { woodpeckerSecrets } from "./woodpeckerSecrets.js";
import { woodpeckerToken } from "./woodpeckerToken.js";

/** Every check, along the way of a change: the operator's own access, then from the push to the pod. */
export const allChecks: readonly Check[] = [
    githubToken,
    vaultToken,
    kubeconfig,
    vaultSecrets,
    githubFiles,
    githubSecrets,
    githubVariables,
    githubHooks,
    buildSize,
    registryLogin,
    woodpeckerToken,
    woodpeckerRepositories,
    woodpeckerSecrets,
    woodpeckerAgents,
    woodpeckerCrons,
    vaultLogins,
    lastDeploys,
    deployments,
    credentialSync,
    pullSecrets,
    imageTags,
    cronJobs,
    registryVm,
    registryCaches,
    registryIntegrity,
    secretsInSync,
    secretExtension,
];
