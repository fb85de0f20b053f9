import { type Change, type Handler, Incomplete, type State } from "../../lib/handler.js";
import { hasUnknown, UNKNOWN, type Values } from "../../lib/values.js";
import { type Collection, type Scope, type WoodpeckerClient, WoodpeckerError } from "../client.js";
import { fingerprint, matches } from "./fingerprint.js";
import { countsAsMade, FINGERPRINT, FOUND, type Found, planEntry, takesOver } from "./plan.js";
import { fromFields, isManaged, toFields, withDefaults } from "./property.js";
import { type Place, parseImportId, place } from "./scope.js";
import type { Session } from "./session.js";
import type { EntryShape, ResourceType } from "./table.js";

type Entry = Values & { readonly id: number };

/** Secrets, registry credentials and crons on any level. */
export class EntryHandler implements Handler {
    private readonly shape: EntryShape;

    constructor(
        private readonly type: ResourceType,
        shape: EntryShape,
        private readonly session: Session,
    ) {
        this.shape = shape;
    }

    plan(olds: Values, _oldInputs: Values, news: Values): Change[] {
        return planEntry(this.type, olds, news);
    }

    async create(inputs: Values, preview: boolean, urn: string): Promise<State> {
        const news = withDefaults(this.type.properties, inputs);
        const at = await this.place(news);
        const key = news[this.shape.key];
        if (at === undefined || hasUnknown(key)) {
            if (preview) return { id: "", outputs: this.foreseen(news, at, undefined) };
            throw this.unknownOrganization(news);
        }
        const collection = await this.collection(at);
        const all = await this.session.listing(collection);
        const existing = all.find((entry) => entry[this.shape.key] === key);
        if (existing && !takesOver(news)) throw this.exists(at, key);
        this.warnOfTwins(all, at, key, urn);
        if (preview) return { id: this.id(at, key), outputs: this.foreseen(news, at, existing) };

        const former = countsAsMade(news) ? undefined : existing;
        const found: Found = { existed: former !== undefined, values: former ? this.readable(former) : {} };
        const written = existing
            ? await this.change(collection, existing, news)
            : await this.add(collection, news, at, key);
        if (existing === undefined) all.push(written);
        this.session.claimed.add(this.claim(collection, key));
        const state = (entry: Entry) => ({ id: this.id(at, key), outputs: this.outputs(entry, news, at, found) });
        if (written.id > 0) return state(written);
        // Repository registries come back as they were sent, without their number.
        try {
            return state((await this.find(collection, key)) ?? written);
        } catch (error) {
            throw new Incomplete(state(written), error);
        }
    }

    async read(id: string, olds: Values, inputs: Values) {
        const imported = inputs[this.shape.key] === undefined;
        const named = imported ? await parseImportId(this.type, id, await this.session.client()) : inputs;
        const key = named?.[this.shape.key];
        const at = named && (await this.place(named));
        if (named === undefined || at === undefined) return undefined;
        const collection = await this.collection(at);
        const entry = await this.find(collection, key);
        if (entry === undefined) {
            await this.assertVisible(at);
            return undefined;
        }
        const found = (olds[FOUND] as Found | undefined) ?? { existed: true, values: this.readable(entry) };
        const outputs = { ...this.outputs(entry, {}, at, found), [FINGERPRINT]: olds[FINGERPRINT] };
        const actual = Object.fromEntries(
            Object.entries(this.readable(entry)).filter(([name]) => imported || inputs[name] !== undefined),
        );
        return { id: this.id(at, key), outputs, inputs: { ...named, ...actual } };
    }

    async update(olds: Values, _oldInputs: Values, inputs: Values, preview: boolean): Promise<Values> {
        const news = withDefaults(this.type.properties, inputs);
        if (preview) return { ...olds, ...this.readableOf(news) };
        const at = await this.place(news);
        if (at === undefined) throw this.unknownOrganization(news);
        const collection = await this.collection(at);
        const key = news[this.shape.key];
        const existing = await this.find(collection, key);
        const written = existing
            ? await this.change(collection, existing, news)
            : await this.add(collection, news, at, key);
        const number = written.id > 0 ? written.id : (existing?.id ?? olds[this.shape.number]);
        return this.outputs({ ...written, id: Number(number) }, news, at, olds[FOUND] as Found, olds[FINGERPRINT]);
    }

    async delete(olds: Values, oldInputs: Values, urn: string): Promise<void> {
        const at = await this.place({ ...olds, ...oldInputs });
        if (at === undefined) return;
        const collection = await this.collection(at);
        const key = olds[this.shape.key];
        if (this.session.claimed.has(this.claim(collection, key))) return;
        const found = olds[FOUND] as Found | undefined;
        if (!found?.existed || oldInputs.deletion === "remove") {
            const existing = this.shape.collection === "cron" ? await this.find(collection, key) : { id: 0 };
            const removed = existing && (await collection.remove(this.address(existing, key)));
            if (!removed) await this.assertVisible(at);
            return;
        }
        // A former user name with the present password would be of no use to anybody.
        if (this.shape.collection === "registries") return;
        const existing = await this.find(collection, key);
        if (existing) await this.change(collection, existing, found.values);
        else this.session.log("warning", `${this.title(at, key)} was there before, but is gone: not put back`, urn);
    }

    /** PATCH merges and ignores empty strings: a cron's branch goes only by deleting the cron. */
    private async change(collection: Collection<Entry>, existing: Entry, values: Values): Promise<Entry> {
        const fields = toFields(this.type.properties, values);
        const key = existing[this.shape.key];
        if (this.shape.collection === "cron" && fields.branch === "" && existing.branch !== "") {
            await collection.remove(existing.id);
            return collection.create({ ...fields, name: key });
        }
        return (await collection.update(this.address(existing, key), fields)) ?? collection.create(fields);
    }

    private async add(collection: Collection<Entry>, news: Values, at: Place, key: unknown): Promise<Entry> {
        const fields = toFields(this.type.properties, news);
        try {
            return await collection.create(fields);
        } catch (error) {
            if (!(error instanceof WoodpeckerError) || !error.isDuplicate) throw error;
            // It was not there a moment ago: either our own, whose answer was lost, or somebody was faster.
            if (error.attempts === 1 && !takesOver(news)) throw this.exists(at, key);
            const existing = await this.find(collection, key);
            if (existing === undefined) throw error;
            return this.change(collection, existing, news);
        }
    }

    private async find(collection: Collection<Entry>, key: unknown): Promise<Entry | undefined> {
        if (this.shape.collection !== "cron") return collection.get(String(key));
        return (await this.listOrNone(collection)).find((entry) => entry.name === key);
    }

    /** Nothing where the repository itself is gone. */
    private async listOrNone(collection: Collection<Entry>): Promise<Entry[]> {
        return collection.list().catch((error) => {
            if (error instanceof WoodpeckerError && error.isMissing) return [];
            throw error;
        });
    }

    private async assertVisible({ scope }: Place): Promise<void> {
        if (typeof scope !== "object" || !("repositoryId" in scope)) return;
        await this.session.assertMay("push", scope.repositoryId, `its ${this.shape.collection} cannot be read`);
    }

    private warnOfTwins(all: readonly Entry[], at: Place, key: unknown, urn: string): void {
        if (this.shape.collection !== "secrets") return;
        const twins = all.map(({ name }) => String(name)).filter((name) => name !== key && sameIgnoringCase(name, key));
        if (twins.length === 0) return;
        const text = `${this.title(at, key)}: there is also ${twins.join(", ")}; pipelines do not tell case apart and get only one of them`;
        this.session.log("warning", text, urn);
    }

    private place(values: Values): Promise<Place | undefined> {
        return place(this.shape.level, values, () => this.session.client());
    }

    private async collection({ scope }: Place): Promise<Collection<Entry>> {
        return collectionOf(await this.session.client(), this.shape, scope);
    }

    private address(entry: { readonly id: number }, key: unknown): string | number {
        return this.shape.collection === "cron" ? entry.id : String(key);
    }

    private id(at: Place, key: unknown): string {
        return at.prefix + String(key);
    }

    private claim(collection: Collection<Entry>, key: unknown): string {
        return `${collection.path} ${key}`;
    }

    private title(at: Place, key: unknown): string {
        return `${this.shape.noun} ${key} ${at.words}`;
    }

    private exists(at: Place, key: unknown): Error {
        return new Error(
            `${this.title(at, key)} exists already. To take it over, set [adopt] to true; if an interrupted run of this program left it, set [reclaim].`,
        );
    }

    private unknownOrganization({ organization }: Values): Error {
        return new Error(
            `[organization] ${String(organization)} is not known to the server: it is once one of its repositories was activated. If this program does that, add it to dependsOn.`,
        );
    }

    private readable(entry: object): Values {
        return this.readableOf(fromFields(this.type.properties, entry));
    }

    private readableOf(values: Values): Values {
        return Object.fromEntries(
            Object.entries(values).filter(([name, value]) => {
                const property = this.type.properties[name];
                return property && isManaged(property) && value !== undefined;
            }),
        );
    }

    private outputs(entry: Entry, news: Values, at: Place, found: Found, former?: unknown): Values {
        const secret = this.shape.writeOnly && news[this.shape.writeOnly];
        const mark = secret === undefined ? {} : { [FINGERPRINT]: remember(String(secret), former) };
        const { existed: adopted } = found;
        return { ...fromFields(this.type.properties, entry), ...at.outputs, adopted, [FOUND]: found, ...mark };
    }

    private foreseen(news: Values, at: Place | undefined, existing: Entry | undefined): Values {
        const number = existing?.id ?? UNKNOWN;
        const organization = this.shape.level === "organization" ? { organizationId: UNKNOWN } : {};
        const inputs = { ...this.readableOf(news), ...scopeInputs(this.type, news) };
        return {
            ...inputs,
            ...organization,
            ...at?.outputs,
            [this.shape.number]: number,
            adopted: existing !== undefined && !countsAsMade(news),
        };
    }
}

/** Keeps a fingerprint that still fits, for its salt would make a difference of its own. */
function remember(secret: string, former: unknown): unknown {
    return matches(former, secret) ? former : fingerprint(secret);
}

function scopeInputs({ properties }: ResourceType, news: Values): Values {
    return Object.fromEntries(Object.entries(news).filter(([name]) => properties[name]?.replaces));
}

function sameIgnoringCase(a: unknown, b: unknown): boolean {
    return String(a).toLowerCase() === String(b).toLowerCase();
}

function collectionOf(client: WoodpeckerClient, { collection }: EntryShape, scope: Scope): Collection<Entry> {
    const entries = () => {
        if (collection === "secrets") return client.secrets(scope);
        if (collection === "registries") return client.registries(scope);
        if (scope === "global" || !("repositoryId" in scope)) throw new Error("crons belong to a repository");
        return client.crons(scope.repositoryId);
    };
    return entries() as unknown as Collection<Entry>;
}
