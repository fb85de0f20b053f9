import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The program of a deploy step: POSIX shell, kubectl, curl and jq. What it reads stands at its head. */
export const deployScript = readFileSync(join(__dirname, "deploy.sh"), "utf8");

/** The program of a Slack step: POSIX shell and curl. */
export const slackScript = readFileSync(join(__dirname, "slack.sh"), "utf8");
