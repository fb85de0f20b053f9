import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../lib/errors.js";
import type { Places } from "../lib/places.js";

/** Prints a log to stdout, and what is added to it while it is followed. */
export async function followLog(places: Places, name: string, follow: boolean): Promise<void> {
    const path = [join(places.logs, `${name}.log`), join(places.logs, "builds", `${name}.log`)].find(existsSync);
    if (path === undefined) {
        const known = existsSync(places.logs) ? readdirSync(places.logs, { recursive: true }).map(String) : [];
        const names = known
            .filter((file) => file.endsWith(".log"))
            .map((file) => file.replace(/^builds\/|\.log$/g, ""));
        throw new UserError(`There is no log called ${name}.`, `There are: ${names.sort().join(", ") || "none yet"}`);
    }
    const tail = spawn("tail", ["-n", "+1", ...(follow ? ["-F"] : []), path], { stdio: "inherit" });
    await once(tail, "exit");
}
