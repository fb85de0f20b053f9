import type * as pulumi from "@pulumi/pulumi";

/** A repository whose registration, with all its secrets, is declared elsewhere. */
export interface SharedRepository {
    readonly fullName: string;
    readonly repositoryId: pulumi.Output<number>;
    /** Applications whose build at a push is declared with the repository. */
    readonly builds: readonly string[];
    /** Commits that come before any other. */
    readonly commits: readonly pulumi.Resource[];
}
