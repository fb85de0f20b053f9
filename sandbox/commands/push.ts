import { push } from "../demo/push.js";
import { readEnvironment } from "../lib/environment.js";
import { UserError } from "../lib/errors.js";
import type { Places } from "../lib/places.js";
import { readInventory } from "../toolchain/install.js";

/** Pushes a commit to an application and prints its whole way; the last line says what runs now. */
export async function showPush(places: Places, app: string, sha?: string): Promise<void> {
    const environment = readEnvironment(places);
    const program = readInventory(places).app?.path;
    if (environment === undefined || program === undefined) {
        throw new UserError("The sandbox of this checkout was never up.", "Start it first: npm start");
    }
    const delivered = await push(app, { environment, program, sha, onLine: (line) => console.log(`  ${line}`) });
    const images = delivered.running.map(({ namespace, name, image }) => `${namespace}/${name} runs ${image}`);
    console.log(`Delivered in ${delivered.seconds.toFixed(1)} s: ${images.join("; ")}`);
}
