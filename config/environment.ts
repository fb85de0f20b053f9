import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Names of applications, with commas between them. */
export const ROLLED_APPS = "CICD_ROLLED_APPS";

/**
 * What the program takes from its environment: credentials of providers whose SDK would write them into the state in clear, and
 * those with which the program itself looks at servers. The plugins read the same names, past the state.
 */
export const environment = {
    githubToken: process.env.GITHUB_TOKEN,
    woodpeckerToken: process.env.WOODPECKER_TOKEN,
    vaultToken: process.env.VAULT_TOKEN ?? tokenOfLogin(),
    vaultNamespace: process.env.VAULT_NAMESPACE,
};

/** The applications that `cicd roll` and `cicd adopt-images` update, with nothing else; undefined in every other update. */
export const rolledApps = (process.env[ROLLED_APPS] || undefined)?.split(",");

export type ProgramEnvironment = typeof environment;

/** The token that `vault login` leaves. */
export function tokenOfLogin(): string | undefined {
    try {
        return readFileSync(join(homedir(), ".vault-token"), "utf8").trim() || undefined;
    } catch {
        return undefined;
    }
}
