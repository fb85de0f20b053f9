import { readFileSync } from "node:fs";
import { parse } from "yaml";

/** What the emulated GitHub holds at its first start. */
export interface Seed {
    /** Token -> the account it stands for. */
    readonly tokens: Readonly<Record<string, { readonly login: string; readonly scopes?: readonly string[] }>>;
    readonly github: {
        readonly users: readonly { readonly login: string; readonly name?: string; readonly email?: string }[];
        readonly orgs?: readonly {
            readonly login: string;
            readonly name?: string;
            /** Every member may administer the organisation's repositories; others are collaborators of a repository. */
            readonly members?: readonly { readonly login: string; readonly role: "admin" | "member" }[];
        }[];
        readonly repos?: readonly SeedRepository[];
        readonly oauth_apps?: readonly {
            readonly client_id: string;
            readonly client_secret: string;
            readonly name: string;
            readonly redirect_uris: readonly string[];
        }[];
    };
}

export interface SeedRepository {
    readonly owner: string;
    readonly name: string;
    readonly private?: boolean;
    readonly auto_init?: boolean;
    readonly default_branch?: string;
    readonly collaborators?: Readonly<Record<string, "pull" | "push" | "admin">>;
}

/** Reads the seed file; an error that names the file when it lacks tokens or users. */
export function readSeed(path: string): Seed {
    const seed = parse(readFileSync(path, "utf8")) as Partial<Seed> | null;
    if (!seed?.tokens || !seed.github?.users?.length) {
        throw new Error(`${path}: a seed needs [tokens] and [github.users]`);
    }
    return seed as Seed;
}
