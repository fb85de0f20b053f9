import { createHmac, randomUUID } from "node:crypto";
import type { Emulator, RaisedEvent } from "./emulator.js";
import type { StoredDelivery, StoredHook } from "./state.js";

/** One attempt to reach a webhook, as the request log shows it. */
export interface Delivery {
    readonly event: string;
    /** Without its query: Woodpecker's carries an access token. */
    readonly url: string;
    /** The receiver's status, or why it was not reached. */
    readonly result: number | string;
}

/** So many are shown of each webhook; GitHub keeps them for three days. */
const KEPT = 50;

/** GitHub's own limit for a receiver. */
const LIMIT_MS = 10_000;

/** Sends events to the webhooks of a repository: encoded, signed and complete. */
export class Deliveries {
    /**
     * @param kept what was sent, newest first, by webhook
     * @param report called when one more is kept
     */
    constructor(
        private readonly emulator: () => Emulator,
        private readonly hooksOf: (repositoryId: number) => readonly StoredHook[],
        private readonly kept: Record<string, StoredDelivery[]>,
        private readonly report: (delivery: Delivery) => void,
    ) {}

    /** What was sent to a webhook, newest first. */
    recent(hookId: number): readonly StoredDelivery[] {
        return this.kept[hookId] ?? [];
    }

    /** For events that the emulator raises by itself. */
    async raise(raised: RaisedEvent): Promise<void> {
        const repository = raised.payload.repository as { id: number; full_name: string } | undefined;
        if (!repository) return;
        const payload = raised.event === "push" ? await this.completedPush(raised.payload, repository) : raised.payload;
        await this.deliver(raised.event, payload, repository.id);
    }

    async deliver(event: string, payload: Record<string, unknown>, repositoryId: number): Promise<void> {
        const wanted = (hook: StoredHook) => hook.active && (hook.events.includes(event) || hook.events.includes("*"));
        await Promise.all(
            this.hooksOf(repositoryId)
                .filter(wanted)
                .map((hook) => this.send(hook, event, payload)),
        );
    }

    async send(hook: StoredHook, event: string, payload: Record<string, unknown>): Promise<void> {
        const json = JSON.stringify(payload);
        const form = hook.config.content_type === "form";
        const body = form ? new URLSearchParams({ payload: json }).toString() : json;
        const guid = randomUUID();
        const started = Date.now();
        const headers: Record<string, string> = {
            "content-type": form ? "application/x-www-form-urlencoded" : "application/json",
            "user-agent": "GitHub-Hookshot/sandbox",
            "x-github-delivery": guid,
            "x-github-event": event,
            "x-github-hook-id": String(hook.id),
        };
        if (hook.config.secret) {
            const digest = createHmac("sha256", hook.config.secret).update(body).digest("hex");
            headers["x-hub-signature-256"] = `sha256=${digest}`;
        }
        let result: Delivery["result"];
        try {
            const signal = AbortSignal.timeout(LIMIT_MS);
            result = (await fetch(hook.config.url, { method: "POST", headers, body, signal })).status;
        } catch (error) {
            result = error instanceof Error ? error.message : String(error);
        }
        const code = typeof result === "number" ? result : 0;
        const delivery: StoredDelivery = {
            id: 1 + Math.max(0, ...Object.values(this.kept).flatMap((sent) => sent.map(({ id }) => Number(id)))),
            guid,
            delivered_at: new Date(started).toISOString(),
            redelivery: false,
            duration: (Date.now() - started) / 1000,
            status:
                code >= 200 && code < 300
                    ? "OK"
                    : code === 0
                      ? "failed to connect to host"
                      : `Invalid HTTP Response: ${code}`,
            status_code: code,
            event,
            action: typeof payload.action === "string" ? payload.action : null,
            installation_id: null,
            repository_id: null,
        };
        this.kept[hook.id] = [delivery, ...this.recent(hook.id)].slice(0, KEPT);
        this.report({ event, url: hook.config.url.replace(/\?.*$/, ""), result });
    }

    /** The emulator's push has no `head_commit`, without which Woodpecker drops it. */
    private async completedPush(
        payload: Record<string, unknown>,
        repository: { full_name: string },
    ): Promise<Record<string, unknown>> {
        const after = String(payload.after ?? "");
        if (!/^[0-9a-f]{40}$/.test(after) || /^0+$/.test(after)) return payload;
        const account = [...this.emulator().accounts.values()][0];
        const answer = await this.emulator().ask({
            method: "GET",
            path: `/repos/${repository.full_name}/commits/${after}`,
            account,
        });
        if (answer.status !== 200) return payload;
        const head = headCommit(answer.json as CommitAnswer);
        const commits = Array.isArray(payload.commits) && payload.commits.length > 0 ? payload.commits : [head];
        return { ...payload, head_commit: head, commits };
    }
}

interface CommitAnswer {
    readonly sha: string;
    readonly html_url?: string;
    readonly author?: { login?: string } | null;
    readonly commit: {
        readonly message: string;
        readonly tree?: { sha?: string };
        readonly author?: { name?: string; email?: string; date?: string };
        readonly committer?: { name?: string; email?: string };
    };
    readonly files?: readonly { readonly filename: string; readonly status: string }[];
}

function headCommit(answer: CommitAnswer): Record<string, unknown> {
    const files = (status: string) => (answer.files ?? []).filter((f) => f.status === status).map((f) => f.filename);
    const person = (who?: { name?: string; email?: string }) => ({
        name: who?.name,
        email: who?.email,
        username: answer.author?.login,
    });
    return {
        id: answer.sha,
        tree_id: answer.commit.tree?.sha,
        distinct: true,
        message: answer.commit.message,
        timestamp: answer.commit.author?.date,
        url: answer.html_url,
        author: person(answer.commit.author),
        committer: person(answer.commit.committer),
        added: files("added"),
        modified: files("modified"),
        removed: files("removed"),
    };
}
