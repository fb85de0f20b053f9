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
    try {
        return parseSettings(
            Object.fromEntries(config.map(([key, text]) => [key.slice(namespace.length), value(text)])),
        );
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
