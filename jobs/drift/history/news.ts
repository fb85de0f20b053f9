import type { History, HistoryEntry } from "./history.js";

/** What people have not been told yet. */
export interface News {
    readonly added: readonly Told[];
    readonly worse: readonly Told[];
    readonly resolved: readonly Told[];
    /** Told of long ago, and still there. */
    readonly reminders: readonly Told[];
    /** Stacks that could not be looked at, told of just now or long ago. */
    readonly errors: readonly string[];
    /** Stacks that can be looked at again. */
    readonly recovered: readonly string[];
}

export interface Told {
    readonly id: string;
    readonly entry: HistoryEntry;
}

/** @param remindSeconds after which what still stands is told again; 0 for never */
export function newsOf(history: History, now: number, remindSeconds: number): News {
    const all = Object.entries(history.findings).map(([id, entry]) => ({ id, entry }));
    const standing = all.filter(({ entry }) => !entry.expected && entry.resolved === undefined);
    const due = (at: number) => remindSeconds > 0 && now - at >= remindSeconds;
    const stacks = Object.entries(history.stacks);
    return {
        added: standing.filter(({ entry }) => !entry.told),
        worse: standing.filter(({ entry }) => entry.told && entry.size > entry.told.size),
        reminders: standing.filter(({ entry }) => entry.told && entry.size <= entry.told.size && due(entry.told.at)),
        resolved: all.filter(({ entry }) => entry.resolved !== undefined),
        errors: stacks
            .filter(([, { state, toldError }]) => state === "error" && (toldError === undefined || due(toldError)))
            .map(([stack]) => stack),
        recovered: stacks
            .filter(([, { state, toldError }]) => state !== "error" && toldError !== undefined)
            .map(([stack]) => stack),
    };
}

export const noNews: News = { added: [], worse: [], resolved: [], reminders: [], errors: [], recovered: [] };

export function isNews(news: News): boolean {
    return Object.values(news).some((list) => list.length > 0);
}

/** The history once people were told. */
export function markTold(history: History, news: News, now: number): History {
    const findings = { ...history.findings };
    for (const { id } of news.resolved) delete findings[id];
    for (const { id, entry } of [...news.added, ...news.worse, ...news.reminders]) {
        findings[id] = { ...entry, told: { at: now, size: entry.size } };
    }
    const stacks = Object.entries(history.stacks).map(([stack, entry]) => {
        if (news.errors.includes(stack)) return [stack, { ...entry, toldError: now }];
        if (!news.recovered.includes(stack)) return [stack, entry];
        const { toldError: _, ...rest } = entry;
        return [stack, rest];
    });
    return { version: 1, findings, stacks: Object.fromEntries(stacks) };
}
