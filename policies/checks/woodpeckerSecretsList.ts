import type { Check } from "../lib/check.js";
import { woodpeckerWorkflow } from "../lib/files.js";
import { stepsOf } from "../lib/woodpeckerWorkflow.js";

export const woodpeckerSecretsList: Check = {
    name: "woodpecker-secrets-by-reference",
    description: "Steps of Woodpecker workflows take secrets by from_secret, not by a `secrets:` list.",
    why: "Since Woodpecker 3.14 the list is ignored without a word: the step runs with empty variables.",
    remedy: "Write `environment: {NAME: {from_secret: name}}`, or the same under `settings` of a plugin.",
    severity: "high",
    find: (resource) => {
        const file = woodpeckerWorkflow(resource);
        return stepsOf(file?.content)
            .filter(({ step }) => "secrets" in step)
            .map(({ name }) => ({
                subject: `${file?.path}, step ${name}`,
                message: `${file?.path}, step ${name}: has a secrets list`,
            }));
    },
};
