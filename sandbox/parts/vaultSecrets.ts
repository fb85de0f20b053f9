import { request, requestJson } from "../lib/http.js";
import type { Part, PartContext } from "../lib/part.js";
import { kvMount, type VaultSecret, vaultSecrets } from "../seed/vault.js";
import { woodpeckerValues } from "../seed/woodpecker.js";
import { kubernetesValues } from "./kubernetes/seed.js";
import { address, openbao, openbaoValues } from "./openbao.js";
import { webhook } from "./slack.js";
import { sshdValues } from "./sshd.js";
import { vmValues } from "./vm/index.js";

/** The secrets that pipelines use, which exist before the program is run. */
export const vaultSecretsPart: Part = {
    name: "vault-secrets",
    needs: ["openbao", "kubernetes", "woodpecker", "slack", "sshd", "vm"],
    programs: openbao.programs,
    origin: openbao.origin,
    async start(context) {
        await mountEngine(context);
        const token = context.values.get(kubernetesValues.reviewerToken);
        const ca = context.values.get(kubernetesValues.authority);
        const [sshKey, certificate, certificateKey] = [
            vmValues.sshKey,
            vmValues.certificate,
            vmValues.certificateKey,
        ].map((name) => context.values.get(name));
        const secrets = vaultSecrets({
            registryVm: sshKey && certificate && certificateKey ? { sshKey, certificate, certificateKey } : undefined,
            nodeSshKey: context.values.get(sshdValues.identity),
            woodpeckerToken: context.values.get(woodpeckerValues.botToken),
            woodpeckerAdminToken: context.values.get(woodpeckerValues.adminToken),
            slackWebhook: webhook(context),
            reviewer: token === undefined || ca === undefined ? undefined : { token, ca },
        });
        for (const secret of secrets) await put(context, secret);
    },
    async stop() {},
};

async function mountEngine(context: PartContext): Promise<void> {
    const mounts = await call<Record<string, unknown>>(context, "GET", "sys/mounts");
    if (`${kvMount}/` in mounts) return;
    await call(context, "POST", `sys/mounts/${kvMount}`, { type: "kv", options: { version: "2" } });
    // The engine upgrades itself for a moment after it was mounted, and refuses everything meanwhile.
    await context.waitUntil("the KV engine", () => call(context, "GET", `${kvMount}/config`));
}

async function put(context: PartContext, { path, data, follows }: VaultSecret): Promise<void> {
    const { status, text } = await request(`${address(context)}/v1/${kvMount}/data/${path}`, {
        headers: authorization(context),
        accept: [200, 404],
    });
    const present = status === 200 ? (JSON.parse(text) as { data: { data: object | null } }).data.data : null;
    if (present !== null && (!follows || contains(present, data))) return;
    await call(context, "POST", `${kvMount}/data/${path}`, { data: { ...present, ...data } });
}

/** Whether it holds these values already, whatever else it holds. */
function contains(present: object, wanted: Readonly<Record<string, string>>): boolean {
    const values = new Map<string, unknown>(Object.entries(present));
    return Object.entries(wanted).every(([key, value]) => values.get(key) === value);
}

async function call<T>(context: PartContext, method: string, path: string, body?: unknown): Promise<T> {
    const options = { method, headers: authorization(context), body };
    const url = `${address(context)}/v1/${path}`;
    return method === "GET" ? requestJson<T>(url, options) : ((await request(url, options)) as T);
}

function authorization(context: PartContext): Record<string, string> {
    return { "x-vault-token": context.values.get(openbaoValues.token) ?? "" };
}
