import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import type { GitHub } from "../../config/github.js";

/** A file the program keeps in a repository. */
export interface ManagedFile {
    /** From the repository's root. */
    readonly path: string;
    readonly content: string;
}

export interface RepositoryContentArgs {
    /** Name without the owner, who is the provider's. */
    readonly repository: string;
    readonly branch: string;
    /** In the order of their commits; the last one is written when secrets and variables are there. */
    readonly files: readonly ManagedFile[];
    readonly secrets?: Readonly<Record<string, pulumi.Input<string>>>;
    readonly variables?: Readonly<Record<string, pulumi.Input<string>>>;
    readonly commitAuthor: GitHub["commitAuthor"];
    /** Commits to the same branch that come first. */
    readonly after?: readonly pulumi.Resource[];
}

/**
 * What a repository on GitHub holds for the pipeline: its files, Actions secrets and Actions variables.
 *
 * Every commit says `[skip ci]`, so a changed pipeline file builds nothing.
 */
export class RepositoryContent extends pulumi.ComponentResource {
    /** The commits, in their order. */
    readonly commits: readonly pulumi.Resource[];

    constructor(name: string, args: RepositoryContentArgs, opts?: pulumi.ComponentResourceOptions) {
        super("cicd:github:RepositoryContent", name, {}, { ...opts, aliases: [{ type: "cicd:github:AppRepository" }] });
        const parent = { parent: this };
        const { repository } = args;

        const secrets = Object.entries(args.secrets ?? {}).map(
            ([secretName, value]) =>
                new github.ActionsSecret(`${name}-${secretName}`, { repository, secretName, value }, parent),
        );
        const variables = Object.entries(args.variables ?? {}).map(
            ([variableName, value]) =>
                new github.ActionsVariable(`${name}-${variableName}`, { repository, variableName, value }, parent),
        );
        // One commit after the other: two at once on one branch get in each other's way.
        const commits: pulumi.Resource[] = [];
        args.files.forEach((file, i) => {
            const before = commits.length > 0 ? commits.slice(-1) : (args.after ?? []);
            const last = i === args.files.length - 1;
            commits.push(this.write(name, args, file, last ? [...before, ...secrets, ...variables] : [...before]));
        });
        this.commits = commits;

        this.registerOutputs({});
    }

    private write(
        name: string,
        args: RepositoryContentArgs,
        { path, content }: ManagedFile,
        dependsOn: pulumi.Resource[],
    ): pulumi.Resource {
        return new github.RepositoryFile(
            `${name}-${path}`,
            {
                repository: args.repository,
                branch: args.branch,
                file: path,
                content,
                commitMessage: `Set ${path} from the pipeline's stack config [skip ci]`,
                commitAuthor: args.commitAuthor.name,
                commitEmail: args.commitAuthor.email,
            },
            { parent: this, dependsOn },
        );
    }
}
