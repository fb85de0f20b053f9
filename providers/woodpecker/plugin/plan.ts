/** What has to change, from plain data alone: the engine's question, answered without the server. */

import type { Change } from "../../lib/handler.js";
import { hasUnknown, type Values } from "../../lib/values.js";
import { matches } from "./fingerprint.js";
import { isManaged, same, withDefaults } from "./property.js";
import { type ResourceType, settings } from "./table.js";

/** What there was before this program came; kept in the state to put it back. */
export interface Found {
    /** Known to the server at all: a row or an entry. */
    readonly existed: boolean;
    /** Repositories: it was active. */
    readonly active?: boolean;
    /** The managed properties as they were; for a new repository, the server's defaults. */
    readonly values: Values;
}

/** Whether what is there already is taken over, and not an error. */
export function takesOver({ adopt, reclaim }: Values): boolean {
    return adopt === true || reclaim === true;
}

/** Whether what is taken over counts as made by this program. Only its creation asks: what the program says later changes nothing. */
export function countsAsMade({ adopt, reclaim }: Values): boolean {
    return reclaim === true && adopt !== true;
}

/** Keys of outputs that are the plugin's own and stand in no schema. */
export const FOUND = "__found";
export const FINGERPRINT = "__fingerprint";

/**
 * Settings as they have to be: those declared, and for those no longer declared what they were before.
 * Anything else is left alone.
 */
export function desiredSettings(oldInputs: Values, news: Values, found: Found | undefined): Values {
    const desired: Values = {};
    for (const name of Object.keys(settings)) {
        if (news[name] !== undefined) desired[name] = news[name];
        else if (oldInputs[name] !== undefined && found?.values[name] !== undefined) desired[name] = found.values[name];
    }
    return desired;
}

/** Names of the settings in which two differ, as far as the first has them. */
export function differing(desired: Values, actual: Values): string[] {
    return Object.entries(settings)
        .filter(([name, property]) => desired[name] !== undefined && !same(property, desired[name], actual[name]))
        .map(([name]) => name);
}

/** @throws Error when the server's id is not the one that is expected */
export function planRepository(olds: Values, oldInputs: Values, news: Values): Change[] {
    const names = [olds.fullName, oldInputs.fullName].map((name) => String(name).toLowerCase());
    if (hasUnknown(news.fullName) || !names.includes(String(news.fullName).toLowerCase())) {
        return [{ property: "fullName", replaces: true }];
    }
    assertId(news, olds.repositoryId);
    const desired = desiredSettings(oldInputs, news, olds[FOUND] as Found | undefined);
    const changed = differing(desired, olds);
    if (olds.active === false) changed.unshift("active");
    return changed.map((property) => ({ property, replaces: false }));
}

/** @throws Error when a configured id is not the one the server has */
export function assertId(news: Values, actual: unknown): void {
    const { expectedId, fullName } = news;
    if (expectedId === undefined || hasUnknown(expectedId) || expectedId === actual) return;
    throw new Error(
        `[expectedId] ${expectedId} is configured for ${fullName}, but on the server it has ${
            actual === undefined ? "no id yet" : `the id ${actual}`
        }. Nothing was changed. If that is right (the server's database was rebuilt?), set expectedId to the server's id or leave it out.`,
    );
}

export function planEntry({ properties, entry }: ResourceType, olds: Values, inputs: Values): Change[] {
    const news = withDefaults(properties, inputs);
    const changes: Change[] = [];
    for (const [name, property] of Object.entries(properties)) {
        const compared = isManaged(property) || property.replaces;
        if (compared && !same(property, olds[name], news[name])) {
            changes.push({ property: name, replaces: property.replaces ?? false });
        }
    }
    const secret = entry?.writeOnly;
    if (secret && (hasUnknown(news[secret]) || !matches(olds[FINGERPRINT], String(news[secret])))) {
        changes.push({ property: secret, replaces: false });
    }
    return changes;
}
