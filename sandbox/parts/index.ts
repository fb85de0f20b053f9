import type { Part } from "../lib/part.js";
import { github } from "./github.js";
import { kubernetesParts } from "./kubernetes/index.js";
import { kyverno } from "./kyverno/index.js";
import { openbao } from "./openbao.js";
import { prometheus } from "./prometheus.js";
import { pulumi } from "./pulumi.js";
import { pushgateway } from "./pushgateway.js";
import { publicRegistry, registry } from "./registry.js";
import { slack } from "./slack.js";
import { sshd } from "./sshd.js";
import { vaultSecretsPart } from "./vaultSecrets.js";
import { vm } from "./vm/index.js";
import { woodpecker } from "./woodpecker/index.js";

/** Everything the sandbox consists of. */
export const parts: readonly Part[] = [
    ...kubernetesParts,
    openbao,
    registry,
    publicRegistry,
    vm,
    github,
    woodpecker,
    pushgateway,
    prometheus,
    sshd,
    slack,
    kyverno,
    vaultSecretsPart,
    pulumi,
];
