import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Places } from "./places.js";
import { run } from "./run.js";

/** The name in Pulumi.yaml. */
const project = "cicd-pipeline";

/**
 * Makes a stack known to the backend if it is not.
 *
 * `pulumi stack init` has no `--config-file` and writes a salt into the stack file beside Pulumi.yaml; so it is run in a
 * project of its own below the state directory, and the committed stack files stay as they are.
 *
 * @param environment what `pulumi` needs: backend, home, passphrase
 */
export async function ensureStack(
    name: string,
    { state }: Places,
    environment: Readonly<Record<string, string>>,
): Promise<void> {
    const cwd = join(state, "project");
    mkdirSync(cwd, { recursive: true });
    writeFileSync(join(cwd, "Pulumi.yaml"), `name: ${project}\nruntime: nodejs\n`);
    await run("pulumi", ["stack", "select", "--create", name, "--non-interactive"], { cwd, env: environment });
}
