import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { login } from "../../doubles/woodpecker/login.js";
import { request } from "../../lib/http.js";
import { double, originOf } from "../../lib/origin.js";
import type { Part, PartContext } from "../../lib/part.js";
import { accounts } from "../../seed/github.js";
import { woodpeckerValues } from "../../seed/woodpecker.js";
import { githubUrl } from "../github.js";
import { doubleName, startDouble } from "./double.js";
import { agentName, agentSecretValue, serverName, woodpeckerUrl } from "./environment.js";
import { startAgent, startServer } from "./real.js";

/** The CI server with one agent: the real ones where they are installed, otherwise the double. */
export const woodpecker: Part = {
    name: "woodpecker",
    needs: ["github", "kube-apiserver"],
    programs: ["woodpecker-libs", "app", "curl", "jq", "kubectl"],
    origin: async (context) => (isReal(context) ? originOf(context, "woodpecker-server") : double),
    async start(context) {
        if (!context.values.has(agentSecretValue)) {
            context.values.set(agentSecretValue, randomBytes(24).toString("hex"));
        }
        mkdirSync(join(context.directory, "work"), { recursive: true });
        // Either may have run before; both want the same port.
        const real = isReal(context);
        for (const name of real ? [doubleName] : [agentName, serverName]) await context.stop(name);
        noteChange(context, real ? "real" : "double");
        await (real ? startServer(context) : startDouble(context));
        const processName = real ? serverName : doubleName;
        await context.waitUntil("Woodpecker", () => request(`${woodpeckerUrl(context)}/healthz`), { processName });
        await keepToken(context, woodpeckerValues.adminToken, accounts.admin.login);
        await keepToken(context, woodpeckerValues.botToken, accounts.bot.login);
        if (real) await startAgent(context);
    },
    async stop(context) {
        for (const name of [agentName, serverName, doubleName]) await context.stop(name);
    },
};

function isReal(context: PartContext): boolean {
    return context.provenance(serverName) !== undefined;
}

function noteChange({ values }: PartContext, kind: string): void {
    const last = values.get(woodpeckerValues.kind);
    if (last !== undefined && last !== kind) values.set(woodpeckerValues.isNew, "true");
    values.set(woodpeckerValues.kind, kind);
}

/** A token that still works is kept, so that what was stored elsewhere stays good. */
async function keepToken(context: PartContext, key: string, user: string): Promise<void> {
    const present = context.values.get(key);
    if (present !== undefined && (await isAccepted(context, present))) return;
    await context.waitUntil(`a Woodpecker token of ${user}`, async () => {
        context.values.set(key, await login(woodpeckerUrl(context), githubUrl(context), user));
    });
}

async function isAccepted(context: PartContext, token: string): Promise<boolean> {
    const { status } = await request(`${woodpeckerUrl(context)}/api/user`, {
        headers: { authorization: `Bearer ${token}` },
        accept: [200, 401, 403],
    });
    return status === 200;
}
