import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import type { GitHub } from "../../config/github.js";
import type { App } from "../../config/settings.js";

/** A file the program keeps in a repository. */
export interface ManagedFile {
    /** From the repository's root. */
    readonly path: string;
    readonly content: string;
}

export interface AppRepositoryArgs {
    readonly app: App;
    /** In the order of their commits; the last one is written when secrets and variables are there. */
    readonly files: readonly ManagedFile[];
    readonly secrets: Readonly<Record<string, pulumi.Input<string>>>;
    readonly variables: Readonly<Record<string, pulumi.Input<string>>>;
    readonly commitAuthor: GitHub["commitAuthor"];
    /** Overwrite files that exist already. */
    readonly adopt: boolean;
}

/**
 * What an application's repository on GitHub holds for the pipeline: its files, Actions secrets and Actions variables.
 *
 * Every commit says `[skip ci]`, so a changed pipeline file builds nothing.
 */
export class AppRepository extends pulumi.ComponentResource {
    constructor(name: string, args: AppRepositoryArgs, opts?: pulumi.ComponentResourceOptions) {
        super("cicd:github:AppRepository", name, {}, opts);
        const parent = { parent: this };
        const repository = args.app.repository.name;

        const secrets = Object.entries(args.secrets).map(
            ([secretName, value]) =>
                new github.ActionsSecret(`${name}-${secretName}`, { repository, secretName, value }, parent),
        );
        const variables = Object.entries(args.variables).map(
            ([variableName, value]) =>
                new github.ActionsVariable(`${name}-${variableName}`, { repository, variableName, value }, parent),
        );
        // One commit after the other: two at once on one branch get in each other's way.
        let before: pulumi.Resource[] = [];
        args.files.forEach((file, i) => {
            const last = i === args.files.length - 1;
            before = [this.write(name, args, file, last ? [...before, ...secrets, ...variables] : before)];
        });

        this.registerOutputs({});
    }

    private write(name: string, args: AppRepositoryArgs, { path, content }: ManagedFile, dependsOn: pulumi.Resource[]) {
        return new github.RepositoryFile(
            `${name}-${path}`,
            {
                repository: args.app.repository.name,
                branch: args.app.branches[0],
                file: path,
                content,
                commitMessage: `Set ${path} from the pipeline's stack config [skip ci]`,
                commitAuthor: args.commitAuthor.name,
                commitEmail: args.commitAuthor.email,
                overwriteOnCreate: args.adopt,
            },
            { parent: this, dependsOn },
        );
    }
}
