import { RegistryOnVm } from "../../registryVm.js";
import type { Fault } from "../fault.js";
import { onGitHub } from "./github.js";
import { inKubernetes } from "./kubernetes.js";
import { inVault } from "./vault.js";
import { onTheVm } from "./vm.js";
import { onWoodpecker } from "./woodpecker.js";

/** Made all at once, in this order. */
export const faults: readonly Fault[] = [
    ...onGitHub,
    ...onWoodpecker,
    ...inVault,
    ...inKubernetes,
    ...(RegistryOnVm.isPossible() ? onTheVm : []),
];
