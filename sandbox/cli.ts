/** The sandbox's commands: `npm run sandbox -- up | down | status | reset | logs NAME | push APP | env`. */

import { Command } from "commander";
import { showEnvironment } from "./commands/env.js";
import { followLog } from "./commands/logs.js";
import { showPush } from "./commands/push.js";
import { start } from "./commands/start.js";
import { showStatus } from "./commands/status.js";
import { test } from "./commands/test.js";
import { isDiskFull, messageOf, UserError } from "./lib/errors.js";
import { locate } from "./lib/places.js";
import { passSignalsOn } from "./lib/run.js";
import { bringUp, exclusively, reset, takeDown } from "./lib/sandbox.js";

passSignalsOn();
const places = locate();
const program = new Command("sandbox").description("The pipeline's outside world, on loopback.");

program
    .command("up")
    .description("install what is missing, start what does not run")
    .option("--only <parts...>", "only these parts and what they need")
    .action(async ({ only }: { only?: string[] }) => {
        await exclusively(places, "up", () =>
            bringUp(
                places,
                only?.flatMap((names) => names.split(",")),
            ),
        );
        console.error("The sandbox is up. What runs: npm run sandbox -- status");
    });

program
    .command("down")
    .description("end every process; the state stays")
    .action(() => exclusively(places, "down", () => takeDown(places)));

program
    .command("reset")
    .description("end every process and remove the state")
    .action(() => exclusively(places, "reset", () => reset(places)));

program
    .command("status")
    .description("what each part is, where it came from, and whether it runs")
    .option("--json", "as JSON")
    .action(({ json }: { json?: boolean }) => showStatus(places, json ?? false));

program
    .command("logs")
    .description("a server's log")
    .argument("<name>", "as in status")
    .option("-f, --follow", "go on as the log grows")
    .action((name: string, { follow }: { follow?: boolean }) => followLog(places, name, follow ?? false));

program
    .command("env")
    .description("shell lines for eval: plain pulumi, kubectl, bao and curl work on the sandbox then")
    .option("--json", "as JSON")
    .action(({ json }: { json?: boolean }) => showEnvironment(places, json ?? false));

program
    .command("push")
    .description("push a commit to an application and follow it until the new image runs")
    .argument("<app>", "website, shop or travel-blog")
    .option("--sha <commit>", "run the pipeline for this commit instead of making one")
    .action((app: string, { sha }: { sha?: string }) => showPush(places, app, sha));

program
    .command("start")
    .description("up, then a real `pulumi up`, then one commit through the whole path")
    .action(() => start(places));

program
    .command("test")
    .description("type check, lint and every test, on a sandbox that is up")
    .action(async () => {
        if (!(await test(places))) process.exitCode = 1;
    });

program
    .parseAsync()
    .catch((error: unknown) => {
        console.error(error instanceof UserError || !process.env.DEBUG ? messageOf(error) : error);
        if (!(error instanceof UserError) && isDiskFull(error))
            console.error("Free some space and run the same command again.");
        process.exitCode = 1;
    })
    // Connections that are kept alive for another request would hold the process for seconds.
    .finally(() => process.exit());
