import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The program of the trigger step: bash, curl and jq; input by environment only, one exit code an outcome.
 * What it reads and how it ends stands at its head.
 */
export const triggerScript = readFileSync(join(__dirname, "trigger.sh"), "utf8");
