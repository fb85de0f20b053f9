import { PlainError, wordsOf } from "../lib/errors.js";
import type { StackResult } from "./finding.js";
import { advance, type History } from "./history/history.js";
import { isNews, markTold, type News, newsOf, noNews } from "./history/news.js";
import { ConfigMapStore, FileStore, HistoryChanged, type HistoryStore, type Stored } from "./history/store.js";
import { messageOf, messageWithoutHistory } from "./report/slack.js";
import type { DriftSettings } from "./settings.js";
import type { Systems } from "./systems.js";

/** What was remembered and said; see {@link DriftRun}. */
interface Telling {
    readonly history?: History;
    readonly news: News;
    readonly message?: string;
    readonly troubles: readonly string[];
}

const SAVES = 3;

/**
 * Brings the history up to date and says what is new in it, in this order: what was said but not saved is said twice,
 * what was saved but not said would never be said.
 */
export async function tell(
    settings: DriftSettings,
    systems: Systems,
    results: readonly StackResult[],
    now: number,
): Promise<Telling> {
    const troubles: string[] = [];
    const { byHand, audit, reportUrl: link } = settings;
    const store = storeOf(settings, systems);
    let known: string | undefined;
    for (let attempt = 1; ; attempt++) {
        let stored: Stored;
        try {
            stored = await store.load();
        } catch (error) {
            const trouble = `The history was not read, ages are unknown and nothing was written to it: ${wordsOf(error)}`;
            troubles.push(trouble);
            // All would look new: who is told of everything each night stops reading.
            const message = messageWithoutHistory({ results, trouble, link });
            await say(settings, systems, message, troubles);
            return { news: noNews, message, troubles };
        }
        const advanced = advance(stored.history, results, now, { isPartial: byHand, audit });
        const news = newsOf(advanced, now, settings.remindSeconds);
        const message = isNews(news) ? messageOf({ news, results, history: advanced, now, link }) : undefined;
        const isSaid = message === known || (await say(settings, systems, message, troubles));
        if (isSaid) known = message;
        const history = isSaid ? markTold(advanced, news, now) : advanced;
        const outcome = { history, news, ...(message !== undefined && { message }), troubles };
        try {
            await store.save(history, stored.mark);
            return outcome;
        } catch (error) {
            if (error instanceof HistoryChanged && attempt < SAVES) continue;
            troubles.push(`The history was not saved: ${wordsOf(error)}`);
            return outcome;
        }
    }
}

function storeOf({ history }: DriftSettings, systems: Systems): HistoryStore {
    return "file" in history
        ? new FileStore(history.file)
        : new ConfigMapStore(() => systems.kubernetes(), history.namespace, history.name);
}

/** @returns whether nobody has to be told again; never by hand, when nobody is told */
async function say(
    { slackWebhook, requestTimeoutSeconds, byHand }: DriftSettings,
    systems: Systems,
    text: string | undefined,
    troubles: string[],
): Promise<boolean> {
    if (byHand) return false;
    if (text === undefined || slackWebhook === undefined) return true;
    try {
        const { status } = await systems.http.request(new URL(slackWebhook), {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify({ text }),
            timeoutMs: requestTimeoutSeconds * 1000,
        });
        if (status === 200) return true;
        throw new PlainError(`it answered ${status}`);
    } catch (error) {
        troubles.push(`Slack was not told; the next run tries again: ${wordsOf(error)}`);
        return false;
    }
}
