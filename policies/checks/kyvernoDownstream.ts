import type { Check } from "../lib/check.js";
import { generatorsOf } from "../lib/kyverno.js";

export const kyvernoDownstream: Check = {
    name: "kyverno-keeps-downstream",
    description: "Kyverno policies that generate keep what they made when they are deleted.",
    why: "Since Kyverno 1.19 a deleted or replaced policy takes every copy of the registry credential with it: no namespace can pull any more.",
    remedy: "Set orphanDownstreamOnPolicyDelete: true in the rule's `generate`, or evaluation.orphanDownstreamOnPolicyDelete.enabled: true in a GeneratingPolicy.",
    severity: "critical",
    find: (resource) =>
        generatorsOf(resource)
            .filter(({ keepsDownstream }) => !keepsDownstream)
            .map(({ name }) => ({ subject: name, message: `${name}: what it generated goes away with it` })),
};
