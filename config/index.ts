import * as pulumi from "@pulumi/pulumi";
import { parseSettings } from "./parse.js";
import { SettingsError } from "./problems.js";
import type { Settings } from "./settings.js";

const namespace = "cicd:";

/**
 * The stack's settings; the only place that reads stack config.
 *
 * @throws pulumi.RunError, which the engine prints without a stack trace, naming every problem there is
 */
export function loadSettings(): Settings {
    const config = Object.entries(pulumi.runtime.allConfig()).filter(([key]) => key.startsWith(namespace));
    const raw = config.map(([key, text]) => [key.slice(namespace.length), value(text)]);
    try {
        return parseSettings(Object.fromEntries(raw), (block) => isSecret(namespace + block));
    } catch (error) {
        throw error instanceof SettingsError ? new pulumi.RunError(error.message) : error;
    }
}

/** Config comes as text: maps and lists as JSON, everything else as it stands. */
function value(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return text;
    }
}

/** The SDK knows it and uses it in `Config`, but leaves it out of its types. */
const { isConfigSecret: isSecret } = pulumi.runtime as unknown as { isConfigSecret: (key: string) => boolean };
