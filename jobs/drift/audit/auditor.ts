import { wordsOf } from "../../lib/errors.js";
import { type Finding, finding } from "../finding.js";

/** What an auditor found, and what it could not read. */
export interface Audited {
    readonly findings: readonly Finding[];
    readonly unreadable: readonly Unreadable[];
    /** Objects that were looked at. */
    readonly looked: number;
}

/** Something that could not be looked at. */
export interface Unreadable {
    readonly resource: string;
    readonly type: string;
    readonly name: string;
    readonly reason: string;
}

export interface Auditor {
    /** For example `Kubernetes`. */
    readonly system: string;
    audit(): Promise<Audited>;
}

export const nothing: Audited = { findings: [], unreadable: [], looked: 0 };

/** At most this many requests of an auditor are under way at once. */
const AT_ONCE = 8;

/**
 * Looks at each item on its own: one that cannot be read hides none of the others.
 *
 * @param look what is found of an item; it may throw
 */
export async function auditEach<T>(
    items: readonly T[],
    nameOf: (item: T) => Omit<Unreadable, "reason">,
    look: (item: T) => Promise<readonly Finding[]>,
): Promise<Audited> {
    const findings: Finding[] = [];
    const unreadable: Unreadable[] = [];
    const queue = [...items];
    const work = async () => {
        for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
            try {
                findings.push(...(await look(item)));
            } catch (error) {
                unreadable.push({ ...nameOf(item), reason: wordsOf(error) });
            }
        }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return { findings, unreadable, looked: items.length };
}

export function together(...parts: readonly Audited[]): Audited {
    return {
        findings: parts.flatMap(({ findings }) => findings),
        unreadable: parts.flatMap(({ unreadable }) => unreadable),
        looked: parts.reduce((sum, { looked }) => sum + looked, 0),
    };
}

/** What cannot be read, as findings: a reason that everything of a system shares is one. */
export function unreadableFindings(stack: string, system: string, { unreadable, looked }: Audited): Finding[] {
    const make = (each: Unreadable) =>
        finding({
            stack,
            kind: "unreadable",
            cause: "unreadable",
            resource: each.resource,
            type: each.type,
            name: each.name,
            seenBy: "audit",
            differences: [{ path: "", live: each.reason }],
            accept: "nothing to accept: it is not known what is there",
            mend: "see that the server answers and that the credentials of the run may read this, and run again",
        });
    if (unreadable.length > 3 && unreadable.length >= looked / 2) {
        const [first] = unreadable;
        const name = `${system}: ${unreadable.length} of ${looked} objects`;
        return [make({ resource: system, type: system, name, reason: first?.reason ?? "" })];
    }
    return unreadable.map(make);
}
