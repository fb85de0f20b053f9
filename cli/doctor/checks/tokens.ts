import { X509Certificate } from "node:crypto";
import { makeCheck } from "../check.js";
import { broken, type Examination, warning } from "../finding.js";

/** When a credential of the operator ends. */
export interface Lifetime {
    readonly subject: string;
    /** Undefined: never, or nobody says. */
    readonly ends?: Date | undefined;
    /** So long before its end it is worth a word, in hours. */
    readonly earlyHours: number;
    readonly renew: string;
}

const HOUR = 3_600_000;
const WEEK_HOURS = 168;

/** The operator's tokens are accepted, or the server would be down; here is for how long. */
export function judgeLifetime({ subject, ends, earlyHours, renew }: Lifetime, now = Date.now()): Examination {
    const left = ends === undefined ? Number.POSITIVE_INFINITY : (ends.getTime() - now) / HOUR;
    if (left > earlyHours) return { looked: [subject], findings: [] };
    if (left <= 0) return { looked: [subject], findings: [broken(subject, "has expired", renew)] };
    return { looked: [subject], findings: [warning(subject, `ends in ${duration(left)}`, renew)] };
}

function duration(hours: number): string {
    if (hours < 2) return `${Math.ceil(hours * 60)} minutes`;
    return hours < 72 ? `${Math.floor(hours)} hours` : `${Math.floor(hours / 24)} days`;
}

export const vaultToken = makeCheck({
    name: "vault-token",
    proves: "Vault is unsealed and knows the operator",
    applies: ({ vault }) => vault !== undefined,
    read: async (world) => {
        const { ttl } = (await world.vault()).token;
        const ends = ttl === 0 ? undefined : new Date(Date.now() + ttl * 1000);
        return { subject: "VAULT_TOKEN", ends, earlyHours: 0.25, renew: "vault token renew" };
    },
    judge: (facts: Lifetime) => judgeLifetime(facts),
});

export const githubToken = makeCheck({
    name: "github-token",
    proves: "GitHub knows the operator",
    applies: ({ github }) => github !== undefined,
    read: async (world) => {
        const headers = await (await world.github()).headers("rate_limit");
        // "2026-12-24 10:00:00 UTC", of fine-grained and of expiring classic tokens
        const text = String(headers["github-authentication-token-expiration"] ?? "");
        const ends = text === "" ? undefined : new Date(text.replace(" UTC", "Z").replace(" ", "T"));
        const url = world.settings.github?.baseUrl ?? "https://github.com";
        return { subject: "GITHUB_TOKEN", ends, earlyHours: WEEK_HOURS, renew: `open ${url}/settings/tokens` };
    },
    judge: (facts: Lifetime) => judgeLifetime(facts),
});

export const kubeconfig = makeCheck({
    name: "kubeconfig",
    proves: "the cluster answers and knows the operator",
    applies: () => true,
    read: async (world) => {
        const cluster = await world.kubernetes();
        const data = cluster.config.getCurrentUser()?.certData;
        const ends = data ? new X509Certificate(Buffer.from(data, "base64")).validToDate : undefined;
        const subject = `context ${cluster.config.getCurrentContext()}`;
        return { subject, ends, earlyHours: WEEK_HOURS, renew: "kubeadm certs renew admin.conf" };
    },
    judge: (facts: Lifetime) => judgeLifetime(facts),
});
