import { type Change, type Handler, Incomplete, type State } from "../../lib/handler.js";
import { UNKNOWN, type Values } from "../../lib/values.js";
import type { Repo, RepoSettings, WoodpeckerClient } from "../client.js";
import { WoodpeckerError } from "../client.js";
import {
    assertId,
    countsAsMade,
    desiredSettings,
    differing,
    FOUND,
    type Found,
    planRepository,
    takesOver,
} from "./plan.js";
import { fromFields, toFields } from "./property.js";
import type { Session } from "./session.js";
import { type ResourceType, settings } from "./table.js";

/** Registrations: found by full name, so that a rebuilt database (new ids) is noticed and a rename is followed. */
export class RepositoryHandler implements Handler {
    constructor(
        private readonly type: ResourceType,
        private readonly session: Session,
    ) {}

    plan(olds: Values, oldInputs: Values, news: Values): Change[] {
        return planRepository(olds, oldInputs, news);
    }

    async create(news: Values, preview: boolean): Promise<State> {
        const fullName = String(news.fullName);
        if (news.fullName === UNKNOWN) return { id: "", outputs: this.foreseen(news, undefined) };
        const client = await this.session.client();
        const row = await client.lookupRepository(fullName);
        this.refuse(news, row);
        const remoteId = row?.active ? undefined : (row?.forge_remote_id ?? (await this.forgeId(fullName)));
        if (preview) return { id: row?.full_name ?? "", outputs: this.foreseen(news, row) };

        const active = remoteId === undefined ? (row as Repo) : await this.activate(client, remoteId, fullName);
        this.session.claimed.add(claim(active.id));
        const found = { ...whatWas(news, row), values: settingsOf(row ?? active) };
        try {
            const settled = await this.settle(client, active, desiredSettings({}, news, undefined));
            return { id: active.full_name, outputs: this.outputs(settled, found) };
        } catch (error) {
            throw new Incomplete({ id: active.full_name, outputs: this.outputs(active, found) }, error);
        }
    }

    async read(id: string, olds: Values, inputs: Values) {
        const client = await this.session.client();
        const name = String(inputs.fullName ?? id);
        const row = /^\d+$/.test(name) ? await client.repository(Number(name)) : await client.lookupRepository(name);
        if (row === undefined) {
            await this.assertVisible(name, olds);
            return undefined;
        }
        const found = (olds[FOUND] as Found | undefined) ?? {
            existed: true,
            active: row.active,
            values: settingsOf(row),
        };
        const outputs = this.outputs(row, found);
        if (inputs.fullName === undefined) {
            return { id: row.full_name, outputs, inputs: { fullName: row.full_name, ...settingsOf(row) } };
        }
        const declared = Object.keys(settings).filter((key) => inputs[key] !== undefined);
        const actual = Object.fromEntries(declared.map((key) => [key, outputs[key]]));
        return { id, outputs, inputs: { ...inputs, ...actual } };
    }

    async update(olds: Values, oldInputs: Values, news: Values, preview: boolean): Promise<Values> {
        const desired = desiredSettings(oldInputs, news, olds[FOUND] as Found | undefined);
        if (preview) return { ...olds, ...desired, active: true };
        const client = await this.session.client();
        const row = await client.lookupRepository(String(news.fullName));
        if (row === undefined) {
            await this.assertVisible(String(news.fullName), olds);
            throw new Error(`${news.fullName} is no longer registered on the server: run \`pulumi up --refresh\`.`);
        }
        assertId(news, row.id);
        const active = row.active ? row : await this.activate(client, row.forge_remote_id, row.full_name);
        return this.outputs(await this.settle(client, active, desired), olds[FOUND] as Found);
    }

    async delete(olds: Values, oldInputs: Values, urn: string): Promise<void> {
        const client = await this.session.client();
        const fullName = String(oldInputs.fullName ?? olds.fullName);
        const row = await client.lookupRepository(fullName);
        if (row === undefined) return this.assertVisible(fullName, olds);
        if (this.session.claimed.has(claim(row.id))) return;
        if (row.id !== olds.repositoryId) {
            const ids = `the id ${row.id} now, not ${olds.repositoryId}`;
            this.session.log("warning", `${row.full_name} has ${ids}: another registration, left as it is`, urn);
            return;
        }
        if (oldInputs.deletion === "remove") return client.removeRepository(row.id);
        const found = olds[FOUND] as Found | undefined;
        if (found?.existed && oldInputs.deletion === undefined) {
            await this.settle(client, row, desiredSettings(oldInputs, {}, found));
            if (found.active) return;
        }
        if (row.active) await client.deactivateRepository(row.id);
    }

    /** Everything that stands against taking a repository on, before anything is changed. */
    private refuse(news: Values, row: Repo | undefined): void {
        assertId(news, row?.id);
        if (row === undefined) return;
        if (row.full_name.toLowerCase() !== String(news.fullName).toLowerCase()) {
            throw new Error(`[fullName] ${news.fullName} is called ${row.full_name} now: use that name.`);
        }
        if (row.active && !takesOver(news)) {
            throw new Error(
                `${row.full_name} is active on the server already (id ${row.id}). To take it over with its settings, set [adopt] to true; if an interrupted run of this program left it, set [reclaim].`,
            );
        }
    }

    private async assertVisible(fullName: string, { repositoryId }: Values): Promise<void> {
        if (typeof repositoryId !== "number") return;
        const unseen = `whether ${fullName} is still registered cannot be told`;
        await this.session.assertMay("pull", repositoryId, unseen);
    }

    private async forgeId(fullName: string): Promise<string> {
        const repositories = await this.session.forgeRepositories();
        const wanted = fullName.toLowerCase();
        const known = repositories.find((repo) => repo.full_name.toLowerCase() === wanted);
        if (known) return known.forge_remote_id;
        const { login } = await this.session.user();
        const tail = wanted.slice(wanted.lastIndexOf("/"));
        const similar = repositories.map((repo) => repo.full_name).filter((name) => name.toLowerCase().endsWith(tail));
        const hint = similar.length > 0 ? ` Is ${similar.join(" or ")} meant?` : "";
        throw new Error(
            `[fullName] ${fullName} is not among the ${repositories.length} repositories that the token's user, ${login}, sees on the forge.${hint} To activate it, ${login} has to be an admin of it there.`,
        );
    }

    private async activate(client: WoodpeckerClient, remoteId: string, fullName: string): Promise<Repo> {
        try {
            return await client.activateRepository(remoteId);
        } catch (error) {
            // Our own activation, whose answer was lost.
            const lost = error instanceof WoodpeckerError && error.status === 409 && error.attempts > 1;
            const row = lost ? await client.lookupRepository(fullName) : undefined;
            if (row?.active) return row;
            throw error;
        }
    }

    private async settle(client: WoodpeckerClient, repo: Repo, desired: Values): Promise<Repo> {
        const changed = differing(desired, settingsOf(repo));
        if (changed.length === 0) return repo;
        const patch = toFields(settings, Object.fromEntries(changed.map((name) => [name, desired[name]])));
        return client.updateRepository(repo.id, patch as Partial<RepoSettings>);
    }

    private outputs(repo: Repo, found: Found): Values {
        const adopted = found.existed && found.active === true;
        return { ...fromFields(this.type.properties, repo), adopted, [FOUND]: found };
    }

    /** Outputs of a creation that a preview only foresees. */
    private foreseen(news: Values, row: Repo | undefined): Values {
        const declared = desiredSettings({}, news, undefined);
        const adopted = whatWas(news, row).active;
        if (row) return { ...fromFields(this.type.properties, row), ...declared, active: true, adopted };
        const names = Object.keys(this.type.properties).filter((name) => {
            const property = this.type.properties[name];
            return property?.computed || property?.field !== undefined;
        });
        const unknown = Object.fromEntries(names.map((name) => [name, UNKNOWN]));
        return { ...unknown, ...declared, fullName: news.fullName, active: true, adopted };
    }
}

/** Before this program came. One that is known, but not active, is no run's leftover, whatever the program says. */
function whatWas(news: Values, row: Repo | undefined): { existed: boolean; active: boolean } {
    const active = row?.active ?? false;
    if (active && countsAsMade(news)) return { existed: false, active: false };
    return { existed: row !== undefined, active };
}

function settingsOf(repo: Repo): Values {
    return fromFields(settings, repo);
}

function claim(id: number): string {
    return `repository ${id}`;
}
