import { parse } from "yaml";
import * as z from "zod";
import { UsageError } from "../lib/errors.js";
import { calendarDay } from "../lib/fields.js";
import type { ExpectedFinding, Finding } from "./finding.js";

const pattern = z.string().min(1);

const rule = z
    .strictObject({
        /** Whole URN, address or short name; `*` stands for any characters. */
        resource: pattern,
        /** Type token; `*` stands for any characters. */
        type: pattern.optional(),
        /** Only differences at these paths are expected; `*` stands for any characters. All when left out. */
        paths: z.array(pattern).min(1).optional(),
        stack: pattern.optional(),
        reason: z.string().min(1),
        /** Last day on which it is expected; without it, for good. */
        until: calendarDay.optional(),
    })
    .readonly();

export const expectedRules = z.array(rule).readonly();
export type ExpectedRule = z.output<typeof rule>;

/** @param text YAML or JSON @throws UsageError */
export function parseExpected(text: string): readonly ExpectedRule[] {
    let document: unknown;
    try {
        document = parse(text) ?? [];
    } catch (error) {
        throw new UsageError(`EXPECTED: is not YAML: ${(error as Error).message.split("\n")[0]}`);
    }
    const parsed = expectedRules.safeParse(document);
    if (parsed.success) return parsed.data;
    const problems = parsed.error.issues.map(({ path, message }) => `EXPECTED ${path.join(".")}: ${message}`);
    throw new UsageError(problems.join("\n"));
}

export interface Sorted {
    readonly findings: readonly Finding[];
    readonly expected: readonly ExpectedFinding[];
}

/**
 * Parts what is expected from what is not. A finding is expected as a whole or not at all: one difference that no rule
 * names makes it a finding.
 *
 * @param today as 2026-11-24
 */
export function sortExpected(findings: readonly Finding[], rules: readonly ExpectedRule[], today: string): Sorted {
    const valid = rules.filter(({ until }) => until === undefined || today <= until);
    const sorted: { findings: Finding[]; expected: ExpectedFinding[] } = { findings: [], expected: [] };
    for (const each of findings) {
        const found = valid.find((candidate) => covers(candidate, each));
        if (found) {
            const { reason, until } = found;
            sorted.expected.push({ finding: each, reason, ...(until !== undefined && { until }) });
        } else sorted.findings.push(each);
    }
    return sorted;
}

/** Rules that are past their day: their findings count again. */
export function expiredRules(rules: readonly ExpectedRule[], today: string): readonly ExpectedRule[] {
    return rules.filter(({ until }) => until !== undefined && today > until);
}

function covers(each: ExpectedRule, { resource, name, type, stack, differences, cause }: Finding): boolean {
    // What cannot be read may be anything.
    if (cause === "unreadable") return false;
    if (!matches(each.resource, resource) && !matches(each.resource, name)) return false;
    if (each.type !== undefined && !matches(each.type, type)) return false;
    if (each.stack !== undefined && !matches(each.stack, stack)) return false;
    const { paths } = each;
    if (paths === undefined) return true;
    return differences.length > 0 && differences.every(({ path }) => paths.some((one) => matches(one, path)));
}

function matches(glob: string, text: string): boolean {
    const source = glob.split("*").map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&"));
    return new RegExp(`^${source.join("[^]*")}$`).test(text);
}
