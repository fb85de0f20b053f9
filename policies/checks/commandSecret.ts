import type { Check } from "../lib/check.js";
import { credentialsIn } from "../lib/credential.js";
import { isMarked, textsIn } from "../lib/resource.js";
import { commandTexts, runsCommand } from "../lib/ssh.js";

export const commandSecret: Check = {
    name: "command-holds-no-secret",
    description: "Commands that are run on a host hold no secret in their text.",
    why: "The command line stands in the host's process list, in error messages and in logs.",
    remedy: "Send the secret through `stdin` and read it in the command: `install -m 600 /dev/stdin <file>`.",
    severity: "critical",
    looksAtSecrets: true,
    find: (resource) => {
        if (!runsCommand(resource)) return [];
        const secrets = resource.secretPaths ?? new Set();
        const known = textsIn(resource.properties)
            .filter(({ path, value }) => isMarked(path, secrets) && value.trim().length >= 6)
            .map(({ value }) => value.trim());
        return commandTexts.flatMap((key) => {
            const text = resource.properties[key];
            if (isMarked(key, secrets)) return [{ subject: key, message: `${key} is made with a secret` }];
            if (typeof text !== "string") return [];
            if (known.some((value) => text.includes(value)))
                return [{ subject: key, message: `${key} holds a value that is marked secret` }];
            return credentialsIn(text).map((kind) => ({
                subject: key,
                message: `${key} holds what looks like ${kind}`,
            }));
        });
    },
};
