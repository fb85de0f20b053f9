import { z } from "zod";
import { ask, type ExtensionOptions } from "./extension.js";
import { EVENTS, type Pipeline, type Repo, type Secret, shown } from "./model.js";
import { showRepo } from "./routes/repoRows.js";
import type { Store } from "./store.js";

/** A secret as the compiler takes it. */
export type PipelineSecret = Pick<Secret, "name" | "images" | "hidden"> & {
    /** Empty: every event, those of pull requests from forks included. */
    readonly events: readonly string[];
};

export interface SecretServiceOptions extends ExtensionOptions {
    /** Of the server; none: only repositories that name one of their own have an extension. */
    readonly endpoint: string;
    /** Whether the server's extension gets the forge's credentials too. */
    readonly netrc: boolean;
}

interface Endpoint {
    readonly url: string;
    readonly netrc: boolean;
}

const answer = z
    .object({
        secrets: z
            .array(
                z.object({
                    name: z.string().default(""),
                    value: z.string().default(""),
                    images: z.array(z.string()).nullish(),
                    events: z.array(z.enum(EVENTS)).nullish(),
                }),
            )
            .nullish(),
    })
    .nullish();

/** The secrets of a pipeline: those that are stored, and those of extensions, which come before them by name. */
export class SecretService {
    constructor(
        private readonly store: Store,
        private readonly options: SecretServiceOptions,
    ) {}

    /** Of names that differ by case only the compiler takes the last. @param forgeToken of the repository's user */
    async secretsFor(repo: Repo, pipeline: Pipeline, forgeToken: string): Promise<PipelineSecret[]> {
        const { endpoint, netrc } = this.options;
        const own = repo.secret_extension_endpoint.replace(/\/+$/, "");
        const endpoints: Endpoint[] = [
            ...(endpoint ? [{ url: endpoint, netrc }] : []),
            ...(own ? [{ url: own, netrc: repo.secret_extension_netrc }] : []),
        ];
        let secrets: PipelineSecret[] = this.#stored(repo);
        for (const one of endpoints) {
            const extra = await this.#ask(one, repo, pipeline, forgeToken);
            const names = new Set(extra.map(({ name }) => name));
            secrets = [...extra, ...secrets.filter(({ name }) => !names.has(name))];
        }
        return secrets;
    }

    /** Where the extension fails, the server says so in its log and goes on without it. */
    async #ask(endpoint: Endpoint, repo: Repo, pipeline: Pipeline, token: string): Promise<PipelineSecret[]> {
        const machine = repo.clone_url ? new URL(repo.clone_url).hostname : "";
        const netrc = { machine, login: token, password: "x-oauth-basic", type: "github" };
        const body = { repo: showRepo(repo), pipeline: shown(pipeline), ...(endpoint.netrc && { netrc }) };
        try {
            const { secrets } = answer.parse(await ask(endpoint.url, body, this.options)) ?? {};
            return (secrets ?? []).map(({ name, value, images, events }) => ({
                name,
                images: images ?? null,
                events: events ?? [],
                hidden: { value },
            }));
        } catch (error) {
            console.warn(`failed to fetch secrets from extension: ${(error as Error).message}`);
            return [];
        }
    }

    /** The repository's before its organisation's before everybody's, one of a name (`server/services/secret/db.go`). */
    #stored(repo: Repo): PipelineSecret[] {
        const rows = [...this.store.table("secrets")].sort((a, b) => (a.name < b.name ? -1 : 1));
        const levels = [
            rows.filter((row) => row.repo_id === repo.id),
            rows.filter((row) => row.repo_id === 0 && row.org_id !== 0 && row.org_id === repo.org_id),
            rows.filter((row) => row.org_id === 0 && row.repo_id === 0),
        ];
        const byName = new Map<string, Secret>();
        for (const secret of levels.flat()) if (!byName.has(secret.name)) byName.set(secret.name, secret);
        return [...byName.values()];
    }
}
