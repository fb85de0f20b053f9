import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeAtomically } from "../lib/files.js";
import { request, requestJson } from "../lib/http.js";
import { originOf } from "../lib/origin.js";
import type { Part, PartContext } from "../lib/part.js";

/** Keys of what this part hands on; the second one is for its own use. */
export const openbaoValues = { token: "VAULT_TOKEN", unsealKey: "VAULT_UNSEAL_KEY" } as const;

interface SealStatus {
    readonly initialized: boolean;
    readonly sealed: boolean;
}

/** OpenBao, which speaks Vault's API: durable storage and an audit file, initialised and unsealed. */
export const openbao: Part = {
    name: "openbao",
    needs: [],
    programs: ["bao"],
    origin: async (context) => originOf(context, "bao"),
    async start(context) {
        await serve(context);
        if (await isLost(context)) {
            context.say("its keys were lost before they could be kept: starting it anew");
            await context.stop("openbao");
            rmSync(storage(context), { recursive: true });
            await serve(context);
        }
        await open(context);
        await context.waitUntil("OpenBao to be active", () => request(`${address(context)}/v1/sys/health`), {
            processName: "openbao",
        });
    },
    stop: (context) => context.stop("openbao"),
};

export function address(context: PartContext): string {
    return `http://127.0.0.1:${context.port("vault")}`;
}

function storage(context: PartContext): string {
    return join(context.directory, "raft");
}

async function serve(context: PartContext): Promise<void> {
    mkdirSync(storage(context), { recursive: true, mode: 0o700 });
    const configuration = join(context.directory, "openbao.hcl");
    writeAtomically(configuration, configurationFor(context), 0o600);
    await context.spawn({
        name: "openbao",
        command: context.bin("bao"),
        args: ["server", "-config", configuration, "-log-level", "warn"],
        inputs: [configuration],
    });
    await context.waitUntil("OpenBao to answer", () => sealStatus(context), { processName: "openbao" });
}

function configurationFor(context: PartContext): string {
    const own = address(context);
    const cluster = `127.0.0.1:${context.port("vault-cluster")}`;
    return `ui = false
storage "raft" {
  path    = "${storage(context)}"
  node_id = "sandbox"
}
listener "tcp" {
  address         = "${new URL(own).host}"
  cluster_address = "${cluster}"
  tls_disable     = true
}
audit "file" "main" {
  options {
    file_path = "${join(context.directory, "audit.log")}"
  }
}
api_addr     = "${own}"
cluster_addr = "http://${cluster}"
`;
}

function sealStatus(context: PartContext): Promise<SealStatus> {
    return requestJson<SealStatus>(`${address(context)}/v1/sys/seal-status`);
}

/** A run that was killed between initialising and keeping the keys leaves a storage that nobody can open. */
async function isLost(context: PartContext): Promise<boolean> {
    return (await sealStatus(context)).initialized && !context.values.has(openbaoValues.unsealKey);
}

async function open(context: PartContext): Promise<void> {
    const { initialized } = await sealStatus(context);
    if (!initialized) {
        const answer = await requestJson<{ keys_base64: string[]; root_token: string }>(
            `${address(context)}/v1/sys/init`,
            { method: "PUT", body: { secret_shares: 1, secret_threshold: 1 }, timeoutSeconds: 60 },
        );
        context.values.set(openbaoValues.token, answer.root_token);
        context.values.set(openbaoValues.unsealKey, answer.keys_base64[0] ?? "");
    }
    const { sealed } = await sealStatus(context);
    if (sealed) {
        const key = context.values.get(openbaoValues.unsealKey);
        await request(`${address(context)}/v1/sys/unseal`, { method: "PUT", body: { key }, timeoutSeconds: 60 });
    }
}
