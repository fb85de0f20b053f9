import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readJson, writeAtomically } from "./files.js";
import { withLock } from "./lock.js";
import type { Places } from "./places.js";
import type { Ports } from "./ports.js";
import { identify, isAlive, type ProcessIdentity } from "./processes.js";
import { isAnyRunning } from "./supervisor.js";

/** What one sandbox of this machine has chosen. */
interface Claim {
    /** Its state directory. */
    readonly state: string;
    /** Who chose; as long as it lives, servers may be about to start. */
    readonly by: ProcessIdentity;
    readonly ports: readonly number[];
}

/**
 * Lets the sandboxes of one cache directory choose their ports one after the other. A port on which the server of another
 * is yet to listen (a container of its registry VM starts only with an `up`) looks free and is not.
 *
 * @param choose is given the ports of all other sandboxes that start or run
 */
export async function claimPorts(
    { cache, state }: Pick<Places, "cache" | "state">,
    choose: (claimed: ReadonlySet<number>) => Promise<Ports>,
): Promise<Ports> {
    const directory = join(cache, "ports");
    mkdirSync(directory, { recursive: true });
    return withLock(join(cache, "ports.lock"), "choosing ports", async () => {
        const ports = await choose(new Set(claimsOfOthers(directory, state).flatMap((claim) => claim.ports)));
        const by = identify(process.pid);
        if (by !== undefined) {
            const claim: Claim = { state, by, ports: Object.values(ports) };
            writeAtomically(join(directory, fileOf(state)), JSON.stringify(claim));
        }
        return ports;
    });
}

/** Removes those of sandboxes of which nothing runs any more. */
function claimsOfOthers(directory: string, state: string): Claim[] {
    const valid: Claim[] = [];
    for (const file of readdirSync(directory)) {
        if (file === fileOf(state)) continue;
        const claim = readJson<Claim>(join(directory, file));
        if (claim !== undefined && (isAlive(claim.by) || isAnyRunning(claim.state))) valid.push(claim);
        else rmSync(join(directory, file), { force: true });
    }
    return valid;
}

function fileOf(state: string): string {
    return `${createHash("sha256").update(state).digest("hex").slice(0, 16)}.json`;
}
