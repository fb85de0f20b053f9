import * as z from "zod";
import { EVENTS } from "../../providers/woodpecker/plugin/tables/shape.js";
import { defaultEvents } from "../secret-sync/mapping.js";

const pattern = z
    .string()
    .regex(/^[^\s/*]+(\/[^\s/*]+)*\/(\*|[^\s/*]+)$/, 'is neither owner/name nor owner/* such as "acme/*"');

const rule = z.strictObject({
    /** `owner/name`, or `owner/*` for all of an owner. */
    repositories: z.array(pattern).min(1),
    /** Kinds of pipelines that get secrets; all of those that build and deploy when left out. */
    events: z
        .array(z.enum(EVENTS))
        .min(1)
        .default([...defaultEvents]),
});

/** Which pipelines get secrets at all; what a secret's own entry says narrows it further. */
export const allowList = z.array(rule).min(1);

export type AllowList = z.infer<typeof allowList>;

export function isAllowed(list: AllowList, repository: string, event: string): boolean {
    const name = repository.toLowerCase();
    const covers = (text: string) => {
        const wanted = text.toLowerCase();
        return wanted.endsWith("/*") ? name.startsWith(wanted.slice(0, -1)) : name === wanted;
    };
    return list.some(({ repositories, events }) => repositories.some(covers) && matchesEvent(events, event));
}

/** Woodpecker treats every event of a pull request as `pull_request` when it hands out secrets. */
export function matchesEvent(events: readonly string[], event: string): boolean {
    return events.includes(event.startsWith("pull_request") ? "pull_request" : event);
}
