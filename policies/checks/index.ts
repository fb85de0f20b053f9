import type { Check } from "../lib/check.js";
import { actionPin } from "./actionPin.js";
import { appTag } from "./appTag.js";
import { buildPlatform } from "./buildPlatform.js";
import { commandSecret } from "./commandSecret.js";
import { cronJobLimits } from "./cronJobLimits.js";
import { cronJobOverlap } from "./cronJobOverlap.js";
import { cronJobSecurity } from "./cronJobSecurity.js";
import { imageTag } from "./imageTag.js";
import { kyvernoDownstream } from "./kyvernoDownstream.js";
import { kyvernoExisting } from "./kyvernoExisting.js";
import { permissions } from "./permissions.js";
import { registryDigest } from "./registryDigest.js";
import { secretMarked } from "./secretMarked.js";
import { sshHostKey } from "./sshHostKey.js";
import { untrustedText } from "./untrustedText.js";
import { vaultPolicyNarrow } from "./vaultPolicyNarrow.js";
import { vaultRoleBound } from "./vaultRoleBound.js";
import { vaultTokenShort } from "./vaultTokenShort.js";
import { woodpeckerCron } from "./woodpeckerCron.js";
import { woodpeckerFallback } from "./woodpeckerFallback.js";
import { woodpeckerManual } from "./woodpeckerManual.js";
import { woodpeckerQuotes } from "./woodpeckerQuotes.js";
import { woodpeckerSecretsList } from "./woodpeckerSecretsList.js";
import { workflowReadable } from "./workflowReadable.js";

/** Every check of the pack, by what it looks at. */
export const checks: readonly Check[] = [
    // Images
    imageTag,
    appTag,
    registryDigest,
    // Workflow files
    workflowReadable,
    buildPlatform,
    actionPin,
    permissions,
    untrustedText,
    woodpeckerSecretsList,
    woodpeckerManual,
    woodpeckerCron,
    woodpeckerFallback,
    woodpeckerQuotes,
    // Vault
    vaultRoleBound,
    vaultTokenShort,
    vaultPolicyNarrow,
    // Hosts
    sshHostKey,
    commandSecret,
    // Kubernetes
    cronJobOverlap,
    cronJobLimits,
    cronJobSecurity,
    kyvernoDownstream,
    kyvernoExisting,
    // Everywhere
    secretMarked,
];
