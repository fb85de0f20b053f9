/**
 * Measures a deploy on the running sandbox, from the trigger's POST to the rollout's end. Prints Markdown for docs/performance.md.
 * Needs the sandbox's environment and its stack: npm start; eval "$(npm run -s sandbox -- env)".
 *
 * usage: npm run bench:deploy
 */

import { loadavg } from "node:os";
import { triggerScript } from "../components/github/triggerScript.js";
import { push } from "../sandbox/demo/push.js";
import { locate } from "../sandbox/lib/places.js";
import { readInventory } from "../sandbox/toolchain/install.js";
import { woodpecker } from "../test/support/servers.js";
import { measure } from "./measure.js";

const RUNS = 10;
const app = { name: "website", repository: "acme/website" };

async function main(): Promise<void> {
    const options = {
        environment: process.env as Record<string, string>,
        program: readInventory(locate()).app?.path ?? "",
        onLine: () => {},
    };
    const delivered = [await push(app.name, options), await push(app.name, options)];
    const id = await woodpecker.idOf(app.repository);
    const seconds: number[] = [];
    for (let run = 0; run < RUNS; run++) {
        const {
            code,
            stderr,
            seconds: taken,
        } = await measure("bash", ["-c", triggerScript], {
            WOODPECKER_URL: process.env.WOODPECKER_SERVER ?? "",
            WOODPECKER_REPO_ID: String(id),
            WOODPECKER_TOKEN: process.env.WOODPECKER_TOKEN ?? "",
            DEPLOY_APP: app.name,
            // In turns, so that each deploy changes the image.
            IMAGE_TAG: delivered[run % 2]?.tag ?? "",
            BRANCH: "main",
            POLL_SECONDS: "0.2",
        });
        if (code !== 0) throw new Error(`the deploy ended with code ${code}: ${stderr}`);
        seconds.push(taken);
    }
    seconds.sort((one, other) => one - other);
    const shown = (value = Number.NaN) => `${value.toFixed(1)} s`;
    const paths = delivered.map((each) => each.seconds).sort((one, other) => one - other);
    console.log(`load ${loadavg()[0]?.toFixed(1)}\n\n| | fastest | median | slowest |\n| --- | --- | --- | --- |`);
    console.log(
        `| trigger's POST to rolled out, ${RUNS} deploys | ${shown(seconds[0])} | ${shown(seconds[RUNS / 2])} | ${shown(seconds.at(-1))} |`,
    );
    console.log(`| commit to rolled out, 2 commits | ${shown(paths[0])} | | ${shown(paths.at(-1))} |`);
}

void main();
