import type { Check } from "../lib/check.js";
import { generatorsOf } from "../lib/kyverno.js";

export const kyvernoExisting: Check = {
    name: "kyverno-generates-for-existing",
    description: "Kyverno policies that generate do so for namespaces that exist already.",
    why: "Otherwise only namespaces that are made later get the credential, and those of today cannot pull.",
    remedy: "Set generateExisting: true in the rule's `generate` (or the policy's spec), or evaluation.generateExisting.enabled: true in a GeneratingPolicy.",
    severity: "high",
    find: (resource) =>
        generatorsOf(resource)
            .filter(({ generatesExisting }) => !generatesExisting)
            .map(({ name }) => ({ subject: name, message: `${name}: leaves existing namespaces out` })),
};
