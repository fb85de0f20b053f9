import { join } from "node:path";
import { programPath, type World } from "./context.js";
import { readJson, writeAtomically } from "./files.js";
import type { Places } from "./places.js";

/** The organisation of the emulated GitHub that the stack works on. */
const organisation = "acme";

/** What a shell needs so that plain pulumi, kubectl, bao and curl work on the sandbox. */
export function sandboxEnvironment({ places, ports, values }: World): Record<string, string> {
    const at = (port: number) => `http://127.0.0.1:${port}`;
    const fromParts = Object.fromEntries(
        ["KUBECONFIG", "VAULT_TOKEN", "WOODPECKER_TOKEN", "GITHUB_TOKEN", "PULUMI_CONFIG_PASSPHRASE"].flatMap(
            (name) => {
                const value = values.get(name);
                return value === undefined ? [] : [[name, value]];
            },
        ),
    );
    return {
        PATH: programPath(places),
        ...fromParts,
        VAULT_ADDR: at(ports.vault),
        WOODPECKER_SERVER: at(ports.woodpecker),
        GITHUB_BASE_URL: `${at(ports.github)}/`,
        GITHUB_OWNER: organisation,
        REGISTRY_URL: at(ports.registry),
        PUSHGATEWAY_URL: at(ports.pushgateway),
        PROMETHEUS_URL: at(ports.prometheus),
        SLACK_URL: at(ports.slack),
        PULUMI_HOME: join(places.state, "pulumi"),
        // Without the side files of attributes: a kill may leave one empty, and every later command refuses the state (EOF).
        PULUMI_BACKEND_URL: `file://${join(places.state, "pulumi-state")}?metadata=skip`,
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        PULUMI_OPTION_CONFIG_FILE: join(places.state, "Pulumi.sandbox.yaml"),
    };
}

export function environmentFile(places: Places): string {
    return join(places.state, "env.json");
}

export function writeEnvironment(world: World): void {
    const text = `${JSON.stringify(sandboxEnvironment(world), null, 2)}\n`;
    writeAtomically(environmentFile(world.places), text, 0o600);
}

/** What the last `up` wrote, or `undefined` before the first one. */
export function readEnvironment(places: Places): Record<string, string> | undefined {
    return readJson(environmentFile(places));
}

/** Lines for `eval` in any POSIX shell. */
export function exportLines(environment: Readonly<Record<string, string>>): string {
    return Object.entries(environment)
        .map(([name, value]) => `export ${name}=${quote(value)}\n`)
        .join("");
}

/** One word for the shell, whatever it holds. */
export function quote(value: string): string {
    return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}
