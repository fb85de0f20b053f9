import { exportLines, readEnvironment } from "../lib/environment.js";
import { UserError } from "../lib/errors.js";
import type { Places } from "../lib/places.js";

/** Prints what the last `up` wrote down. */
export function showEnvironment(places: Places, json: boolean): void {
    const environment = readEnvironment(places);
    if (environment === undefined) {
        throw new UserError("The sandbox of this checkout was never up.", "Start it first: npm run sandbox -- up");
    }
    process.stdout.write(json ? `${JSON.stringify(environment, null, 2)}\n` : exportLines(environment));
}
