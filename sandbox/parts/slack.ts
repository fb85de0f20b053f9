import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { request } from "../lib/http.js";
import { double } from "../lib/origin.js";
import type { Part, PartContext } from "../lib/part.js";

const secretValue = "SLACK_WEBHOOK_SECRET";

/** Stands for Slack's incoming webhooks. */
export const slack: Part = {
    name: "slack",
    needs: [],
    programs: [],
    origin: async () => double,
    async start(context) {
        const url = `http://127.0.0.1:${context.port("slack")}`;
        if (!context.values.has(secretValue)) context.values.set(secretValue, randomBytes(12).toString("hex"));
        await context.spawn({
            name: "slack",
            command: context.node,
            args: [join(context.root, ".sandbox/build/slack.cjs"), "--port", String(context.port("slack"))],
            env: { SLACK_WEBHOOK_PATH: new URL(webhook(context)).pathname },
        });
        await context.waitUntil("the stand-in for Slack", () => request(`${url}/_sandbox/health`), {
            processName: "slack",
        });
    },
    stop: (context) => context.stop("slack"),
};

/** The address that posts go to: whoever has it may post, so it is a secret as a whole. */
export function webhook(context: PartContext): string {
    return `http://127.0.0.1:${context.port("slack")}/services/T000/B000/${context.values.get(secretValue)}`;
}
