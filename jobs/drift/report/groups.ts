import { type Cause, causes } from "../finding.js";

interface Groupable {
    readonly cause: string;
    readonly type?: string;
}

export interface Group<T> {
    /** Cause in words, with the type where all have the same. */
    readonly title: string;
    readonly members: readonly T[];
}

/** One group a cause, the largest first: a hundred findings are often three causes. */
export function groupByCause<T extends Groupable>(members: readonly T[]): Group<T>[] {
    const groups = new Map<string, T[]>();
    for (const each of members) groups.set(each.cause, [...(groups.get(each.cause) ?? []), each]);
    return [...groups]
        .map(([cause, list]) => {
            const types = new Set(list.map(({ type }) => type));
            const [type] = types;
            const title = causes[cause as Cause] ?? cause;
            return { title: types.size === 1 && type ? `${title} (${shortType(type)})` : title, members: list };
        })
        .sort((a, b) => b.members.length - a.members.length || (a.title < b.title ? -1 : 1));
}

/** `kubernetes:rbac.authorization.k8s.io/v1:Role` -> `Role`. */
export const shortType = (type: string) => type.split(":").at(-1) ?? type;

/** `3 days`, `5 hours`, `just now`. */
export function ageText(seconds: number): string {
    const units = [
        [86_400, "day"],
        [3600, "hour"],
        [60, "minute"],
    ] as const;
    const [size, unit] = units.find(([each]) => seconds >= each) ?? [];
    if (!size || !unit) return "just now";
    const count = Math.floor(seconds / size);
    return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
