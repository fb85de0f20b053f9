import { hasUnknown, type Values } from "../../lib/values.js";
import type { Scope, WoodpeckerClient } from "../client.js";
import type { Level, ResourceType } from "./table.js";

/** Where an entry lives on the server. */
export interface Place {
    readonly scope: Scope;
    /** Of the resource's id, up to the key. */
    readonly prefix: string;
    /** For messages: "of the repository with the id 7". */
    readonly words: string;
    /** What the resource's outputs say about it. */
    readonly outputs: Values;
}

/** Undefined while it is not known yet, or when the server does not know the organisation. */
export async function place(
    level: Level,
    values: Values,
    client: () => Promise<WoodpeckerClient>,
): Promise<Place | undefined> {
    const { organization, repositoryId } = values;
    if (level === "global") return { scope: "global", prefix: "", words: "of the server", outputs: {} };
    if (level === "repository") {
        if (hasUnknown(repositoryId)) return undefined;
        const id = Number(repositoryId);
        const words = `of the repository with the id ${id}`;
        return { scope: { repositoryId: id }, prefix: `${id}/`, words, outputs: { repositoryId: id } };
    }
    if (hasUnknown(organization)) return undefined;
    const known = await (await client()).lookupOrganization(String(organization));
    if (known === undefined) return undefined;
    return {
        scope: { organizationId: known.id },
        prefix: `${organization}/`,
        words: `of the organisation ${organization}`,
        outputs: { organization, organizationId: known.id },
    };
}

/**
 * What an id given to `pulumi import` names: `KEY`, `ORGANIZATION/KEY`, `OWNER/REPOSITORY/KEY` or `REPOSITORY-ID/KEY`.
 * Undefined when there is no such repository.
 *
 * @throws Error on another form
 */
export async function parseImportId(
    { name, importId, entry }: ResourceType,
    id: string,
    client: WoodpeckerClient,
): Promise<Values | undefined> {
    const slash = id.lastIndexOf("/");
    const [owner, key] = [id.slice(0, Math.max(slash, 0)), id.slice(slash + 1)];
    const level = entry?.level;
    const fits =
        (level === "global" && slash < 0) ||
        (level === "organization" && owner !== "" && !owner.includes("/")) ||
        (level === "repository" && (/^\d+$/.test(owner) || owner.includes("/")));
    if (!entry || !fits || key === "") {
        throw new Error(`"${id}" does not name a ${name}: the form is ${importId}`);
    }
    if (level === "global") return { [entry.key]: key };
    if (level === "organization") return { organization: owner, [entry.key]: key };
    const repositoryId = /^\d+$/.test(owner) ? Number(owner) : (await client.lookupRepository(owner))?.id;
    return repositoryId === undefined ? undefined : { repositoryId, [entry.key]: key };
}
