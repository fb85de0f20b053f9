import type { Collection, Secret, WoodpeckerClient } from "../../providers/woodpecker/client.js";
import { WoodpeckerError } from "../../providers/woodpecker/errors.js";
import { PlainError } from "../lib/errors.js";
import { type Target, targetKey, targetName } from "./mapping.js";
import type { Problem } from "./offers.js";
import type { TargetState } from "./plan.js";

export interface Listed {
    readonly states: readonly TargetState[];
    /** By `targetKey`. */
    readonly collections: ReadonlyMap<string, Collection<Secret>>;
    /** Targets that do not exist, that the token's user may not see, or that two names lead to. */
    readonly problems: readonly Problem[];
}

interface Found {
    readonly target: Target;
    readonly collection: Collection<Secret>;
}

const MISSING = "does not exist in Woodpecker, or the token's user has no right to it";

/**
 * Lists every page of every target.
 *
 * Two names of one place, for Woodpecker follows renames, are left alone: each would remove what the other asks for.
 *
 * @throws WoodpeckerError, or PlainError on a listing that is none, for then nothing is known
 */
export async function listTargets(client: WoodpeckerClient, targets: readonly Target[]): Promise<Listed> {
    const states: TargetState[] = [];
    const collections = new Map<string, Collection<Secret>>();
    const problems: Problem[] = [];
    const found: Found[] = [];
    for (const target of targets) {
        const collection = await find(client, target);
        if (collection) found.push({ target, collection });
        else problems.push({ target, reason: MISSING });
    }
    for (const one of found) {
        const { target, collection } = one;
        const others = found.filter((other) => other !== one && other.collection.path === collection.path);
        const secrets = others.length > 0 ? undefined : await list(collection);
        if (secrets) {
            collections.set(targetKey(target), collection);
            states.push({ target, secrets: secrets.map((secret) => checked(secret, collection)) });
        } else problems.push({ target, reason: others.length > 0 ? sameAs(others) : MISSING });
    }
    return { states, collections, problems };
}

function sameAs(others: readonly Found[]): string {
    const names = others.map(({ target }) => targetName(target)).join(" and ");
    return `is the same in Woodpecker as ${names}, so nothing is changed there; keep one of these names in the mapping`;
}

async function find(client: WoodpeckerClient, target: Target): Promise<Collection<Secret> | undefined> {
    if (target === "global") return client.secrets("global");
    if ("organization" in target) {
        const organization = await client.lookupOrganization(target.organization);
        return organization && client.secrets({ organizationId: organization.id });
    }
    const repository = await client.lookupRepository(target.repository);
    return repository && client.secrets({ repositoryId: repository.id });
}

async function list(collection: Collection<Secret>): Promise<Secret[] | undefined> {
    try {
        return await collection.list();
    } catch (error) {
        if (error instanceof WoodpeckerError && error.isMissing) return undefined;
        throw error;
    }
}

/** What is in a page must be secrets with notes: anything else is half a listing or another server. */
function checked(secret: Secret, { path }: Collection<Secret>): Secret {
    const found: { readonly name?: unknown; readonly events?: unknown; readonly note?: unknown } = secret ?? {};
    if (typeof found.name !== "string" || !Array.isArray(found.events)) {
        throw new PlainError(`Woodpecker's list ${path} holds something that is not a secret; nothing was changed`);
    }
    if (typeof found.note !== "string") {
        throw new PlainError("Woodpecker's secrets have no notes; secret-sync needs Woodpecker 3.13 or later");
    }
    return secret;
}
