import * as pulumi from "@pulumi/pulumi";
import type { App, WoodpeckerSettings } from "../../config/settings.js";
import * as woodpecker from "../../providers/woodpecker/index.js";

/** A secret of the registration. */
export interface RegistrationSecret {
    /** What `from_secret` names. */
    readonly name: string;
    readonly value: pulumi.Input<string>;
    /** A pipeline of another event that wants the secret fails as a whole. */
    readonly events: readonly woodpecker.Event[];
}

export interface AppRegistrationArgs {
    readonly app: App;
    readonly woodpecker: WoodpeckerSettings;
    readonly secrets: readonly RegistrationSecret[];
    /** Take over a repository that is active already, and secrets that exist. */
    readonly adopt: boolean;
}

/** An application's repository in Woodpecker, with the secrets its workflows name. */
export class AppRegistration extends pulumi.ComponentResource {
    /** Numeric id, resolved by the server. */
    readonly repositoryId: pulumi.Output<number>;

    constructor(name: string, args: AppRegistrationArgs, opts?: pulumi.ComponentResourceOptions) {
        super("cicd:woodpecker:AppRegistration", name, {}, opts);
        const parent = { parent: this };
        const { adopt } = args;

        const repository = new woodpecker.Repository(
            `${name}-repository`,
            {
                fullName: args.app.repository.fullName,
                expectedId: args.app.woodpeckerId,
                adopt,
                timeout: args.woodpecker.timeoutMinutes,
                // The workflows accept deployments, each by its own filter.
                allowDeploy: true,
                requireApproval: "forks",
                // A newer push or deploy must never kill one that is under way.
                cancelPreviousPipelineEvents: ["pull_request"],
            },
            parent,
        );
        this.repositoryId = repository.repositoryId;
        for (const secret of args.secrets) {
            new woodpecker.RepositorySecret(
                `${name}-${secret.name}`,
                {
                    repositoryId: this.repositoryId,
                    name: secret.name,
                    value: secret.value,
                    events: [...secret.events],
                    adopt,
                },
                parent,
            );
        }

        this.registerOutputs({ repositoryId: this.repositoryId });
    }
}
