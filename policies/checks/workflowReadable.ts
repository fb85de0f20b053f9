import type { Check } from "../lib/check.js";
import { githubWorkflow, woodpeckerWorkflow } from "../lib/files.js";

export const workflowReadable: Check = {
    name: "workflow-is-yaml",
    description: "Pushed workflow files are valid YAML.",
    why: "One broken file below .woodpecker stops every pipeline of the repository, and no other policy can look into it.",
    remedy: "Mend the place that the message names; generate the file from data rather than from text.",
    severity: "critical",
    find: (resource) => {
        const file = githubWorkflow(resource) ?? woodpeckerWorkflow(resource);
        return (file?.errors ?? []).map((error) => ({ subject: `${file?.path}`, message: `${file?.path}: ${error}` }));
    },
};
