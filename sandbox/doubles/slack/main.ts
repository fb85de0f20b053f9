/** Stands for Slack's incoming webhooks: `node slack.cjs --port N`, with SLACK_WEBHOOK_PATH as the one path that accepts posts. */

import { parseArgs } from "node:util";
import { slackServer } from "./server.js";

const { values } = parseArgs({ options: { port: { type: "string" } } });
const path = process.env.SLACK_WEBHOOK_PATH;
const port = Number(values.port);
if (path === undefined || !path.startsWith("/services/") || !Number.isInteger(port)) {
    console.error("usage: SLACK_WEBHOOK_PATH=/services/T…/B…/… node slack.cjs --port N");
    process.exit(2);
}
slackServer(path).listen(port, "127.0.0.1");
