import type { Log } from "../../lib/package.js";
import { type Collection, type ForgeRepo, type User, type WoodpeckerClient, WoodpeckerError } from "../client.js";

/** The server's JSON is read as 3.15 and later write it: since then a cron has a time zone. */
const OLDEST = [3, 15] as const;

/** One run of the engine against one server. */
export class Session {
    private checked: Promise<User> | undefined;
    private forge: Promise<ForgeRepo[]> | undefined;
    private readonly listings = new Map<string, Promise<object[]>>();
    /** What this run created or took over: the deletion of a former resource for the same object must spare it. */
    readonly claimed = new Set<string>();

    constructor(
        private readonly api: WoodpeckerClient,
        readonly log: Log,
    ) {}

    /** The client, once server and token have proven usable. */
    async client(): Promise<WoodpeckerClient> {
        await this.user();
        return this.api;
    }

    user(): Promise<User> {
        this.checked ??= this.check();
        return this.checked;
    }

    /** Every repository on the forge; asked for once, for the server asks the forge each time. */
    async forgeRepositories(): Promise<ForgeRepo[]> {
        this.forge ??= (await this.client()).forgeRepositories();
        return this.forge;
    }

    /** Entries as they were when this run first asked, and those it added since: a list for each creation would be quadratic. */
    listing<T extends object>(collection: Collection<T>): Promise<T[]> {
        const known = this.listings.get(collection.path) ?? collection.list();
        this.listings.set(collection.path, known);
        known.catch(() => this.listings.delete(collection.path));
        return known as Promise<T[]>;
    }

    /**
     * 404 is also what the server says to somebody who may not see it: that must not read as "gone".
     *
     * @param unseen what cannot be told without that right
     */
    async assertMay(right: "pull" | "push", repositoryId: number, unseen: string): Promise<void> {
        const permissions = await (await this.client()).permissions(repositoryId);
        if (permissions === undefined || permissions[right]) return;
        const { login } = await this.user();
        const what = `${right} ${right === "pull" ? "from" : "to"} the repository with the id ${repositoryId}`;
        throw new Error(
            `${login} may not ${what}: ${unseen}. Give ${login} that right on the forge; if the repository is gone from there, remove it from Woodpecker.`,
        );
    }

    private async check(): Promise<User> {
        const { user, version } = await this.api.whoami();
        const [major = 0, minor = 0] = (version?.match(/^v?(\d+)\.(\d+)/) ?? []).slice(1).map(Number);
        if (major > 0 && (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))) {
            throw new Error(
                `Woodpecker ${version} is too old for this provider: ${OLDEST.join(".")} or later is needed.`,
            );
        }
        return user;
    }
}

/** What failures say to the operator. One cause hits many resources at once: its next step is told with the first. */
export class Complaints {
    private readonly told = new Set<string>();

    messageOf(error: unknown): string {
        if (!(error instanceof WoodpeckerError)) return error instanceof Error ? error.message : String(error);
        if (this.told.has(error.advice)) return error.summary;
        this.told.add(error.advice);
        return error.message;
    }
}
