import { onGitHub } from "./github.js";
import { inKubernetes } from "./kubernetes.js";
import type { Mutation } from "./mutation.js";
import { inVault } from "./vault.js";
import { inWoodpecker } from "./woodpecker.js";

export type { Mutation } from "./mutation.js";

/** What people and programs do behind the program's back. */
export const mutations: readonly Mutation[] = [...inKubernetes, ...onGitHub, ...inVault, ...inWoodpecker].map(
    (each) => {
        const seenByEngine = each.undo === undefined || each.what.startsWith("a credential");
        return seenByEngine ? each : { ...each, blind: true };
    },
);
