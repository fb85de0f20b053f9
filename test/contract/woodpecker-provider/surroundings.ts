import type * as pulumi from "@pulumi/pulumi";
import * as woodpecker from "../../../providers/woodpecker/index.js";
import { sandboxPrograms } from "../../support/programs.js";
import type { Client } from "../woodpecker/client.js";
import { startWorld, type World } from "../woodpecker/world.js";
import { ProviderStack } from "./stack.js";
import { Weather } from "./weather.js";

/** Values that may be found nowhere but on the server. */
export const planted = {
    repositorySecret: "planted-repository-value",
    globalSecret: "planted-global-value",
    organizationSecret: "planted-organization-value",
    password: "planted-registry-password",
};

/** What the program of a test may say otherwise. */
export interface Choice {
    readonly adopt?: boolean;
    readonly repository?: Partial<woodpecker.RepositoryArgs>;
    readonly secret?: Partial<woodpecker.RepositorySecretArgs>;
    readonly cron?: Partial<woodpecker.CronArgs>;
    readonly provider?: woodpecker.ProviderArgs;
    /** Another logical name of the repository's secret. */
    readonly rename?: string;
    /** Ids for the resource option `import`. */
    readonly imports?: { readonly app?: string; readonly secret?: string; readonly nightly?: string };
}

type Row = Readonly<Record<string, unknown>>;

/** A server, and a program that declares one of everything on it. */
export class Surroundings {
    private constructor(
        readonly world: World,
        readonly weather: Weather,
        /** Where the engine is found. */
        private readonly path: string,
    ) {}

    static async start(skip: () => void): Promise<Surroundings> {
        const programs = sandboxPrograms("pulumi");
        if (programs === undefined) skip();
        const world = await startWorld(skip);
        return new Surroundings(world, await Weather.before(world.url), `${programs}:${process.env.PATH}`);
    }

    get admin(): Client {
        return this.world.admin;
    }

    get token(): string {
        return this.world.admin.token ?? "";
    }

    program(choice: Choice = {}): pulumi.automation.PulumiFn {
        return async () => {
            const args = { server: this.weather.url, maxRetries: 1, ...choice.provider };
            const provider = new woodpecker.Provider("server", args);
            const opts = { provider };
            const { adopt, imports } = choice;
            const repository = new woodpecker.Repository(
                "app",
                { fullName: "acme/app", allowDeploy: true, timeout: 30, adopt, ...choice.repository },
                { ...opts, import: imports?.app },
            );
            const { repositoryId } = repository;
            new woodpecker.RepositorySecret(
                choice.rename ?? "secret",
                {
                    repositoryId,
                    name: "webhook",
                    value: planted.repositorySecret,
                    events: ["push", "manual"],
                    adopt,
                    ...choice.secret,
                },
                { ...opts, import: imports?.secret },
            );
            new woodpecker.GlobalSecret(
                "global",
                { name: "everywhere", value: planted.globalSecret, events: ["deployment"], note: "for all", adopt },
                opts,
            );
            new woodpecker.OrganizationSecret(
                "organization",
                { organization: "acme", name: "ours", value: planted.organizationSecret, events: ["tag"], adopt },
                { ...opts, dependsOn: [repository] },
            );
            new woodpecker.Cron(
                "nightly",
                {
                    repositoryId,
                    name: "nightly",
                    schedule: "0 3 * * *",
                    branch: "main",
                    variables: { A: "b" },
                    adopt,
                    ...choice.cron,
                },
                { ...opts, import: imports?.nightly },
            );
            new woodpecker.RepositoryRegistry(
                "registry",
                {
                    repositoryId,
                    address: "registry.example.org:5050",
                    username: "ci",
                    password: planted.password,
                    adopt,
                },
                opts,
            );
            return { repositoryId, active: repository.active, adopted: repository.adopted };
        };
    }

    stack(choice: Choice = {}): Promise<ProviderStack> {
        return ProviderStack.start(this.program(choice), { WOODPECKER_TOKEN: this.token, PATH: this.path });
    }

    /** The server's id of the repository. */
    async repositoryId(): Promise<number> {
        return Number((await this.repository()).id);
    }

    repository(): Promise<Row> {
        return this.admin.json("GET", "/api/repos/lookup/acme/app");
    }

    async cron(): Promise<Row> {
        const crons = await this.list(`/api/repos/${await this.repositoryId()}/cron`);
        return crons.find(({ name }) => name === "nightly") ?? {};
    }

    /** Everything the program can touch, without numbers and times that are the server's. */
    async listing(): Promise<object> {
        const id = await this.repositoryId();
        const organization = await this.admin.json("GET", "/api/orgs/lookup/acme");
        const paths = [
            "/api/secrets",
            "/api/registries",
            `/api/orgs/${organization.id}/secrets`,
            `/api/repos/${id}/secrets`,
            `/api/repos/${id}/registries`,
            `/api/repos/${id}/cron`,
        ];
        const lists = await Promise.all(paths.map(async (path) => [path, await this.list(path)] as const));
        // The server makes no difference between no list and an empty one.
        const bare = ({ id: _, created: _created, next_exec: _next, ...row }: Row) => ({
            ...row,
            images: row.images ?? [],
            variables: row.variables ?? {},
        });
        const { active, ...repository } = await this.repository();
        return { active, repository, ...Object.fromEntries(lists.map(([path, rows]) => [path, rows.map(bare)])) };
    }

    /** As if the program had never been there. */
    async clear(): Promise<void> {
        this.weather.set();
        await this.admin.ask("DELETE", "/api/secrets/everywhere");
        const organization = await this.admin.ask("GET", "/api/orgs/lookup/acme");
        if (organization.status === 200) {
            await this.admin.ask("DELETE", `/api/orgs/${JSON.parse(organization.text).id}/secrets/ours`);
        }
        const { status, text } = await this.admin.ask("GET", "/api/repos/lookup/acme/app");
        if (status !== 200) return;
        const { id } = JSON.parse(text) as { id: number };
        for (const { id: cron } of await this.list(`/api/repos/${id}/cron`)) {
            await this.admin.ask("DELETE", `/api/repos/${id}/cron/${cron}`);
        }
        await this.admin.ask("DELETE", `/api/repos/${id}?remove=true`);
    }

    async stop(): Promise<void> {
        await this.weather.stop();
        await this.world.close();
    }

    private async list(path: string): Promise<Row[]> {
        const { status, text } = await this.admin.ask("GET", path);
        return status === 200 ? ((JSON.parse(text) as Row[] | null) ?? []) : [];
    }
}
