import * as pulumi from "@pulumi/pulumi";
import type { WoodpeckerSettings } from "../../config/settings.js";
import * as woodpecker from "../../providers/woodpecker/index.js";

/** A secret of the registration. */
export interface RegistrationSecret {
    /** What `from_secret` names. */
    readonly name: string;
    readonly value: pulumi.Input<string>;
    /** A pipeline of another event that wants the secret fails as a whole. */
    readonly events: readonly woodpecker.Event[];
}

export interface RegistrationArgs {
    /** `owner/name` */
    readonly repository: string;
    /** Numeric id the repository must have. */
    readonly expectedId?: number;
    readonly woodpecker: WoodpeckerSettings;
    readonly secrets?: readonly RegistrationSecret[];
}

/** A repository in Woodpecker, with the secrets its workflows name. */
export class Registration extends pulumi.ComponentResource {
    /** Numeric id, resolved by the server. */
    readonly repositoryId: pulumi.Output<number>;

    constructor(name: string, args: RegistrationArgs, opts?: pulumi.ComponentResourceOptions) {
        const aliases = [{ type: "cicd:woodpecker:AppRegistration" }];
        super("cicd:woodpecker:Registration", name, {}, { ...opts, aliases });
        const parent = { parent: this };

        const repository = new woodpecker.Repository(
            `${name}-repository`,
            {
                fullName: args.repository,
                expectedId: args.expectedId,
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
        for (const secret of mergeSecrets(args.secrets ?? [])) {
            new woodpecker.RepositorySecret(
                `${name}-${secret.name}`,
                {
                    repositoryId: this.repositoryId,
                    name: secret.name,
                    value: secret.value,
                    events: [...secret.events],
                },
                parent,
            );
        }

        this.registerOutputs({ repositoryId: this.repositoryId });
    }
}

/** One secret a name, for every event somebody needs it for. */
function mergeSecrets(secrets: readonly RegistrationSecret[]): RegistrationSecret[] {
    const byName = new Map<string, RegistrationSecret>();
    for (const secret of secrets) {
        const events = new Set([...(byName.get(secret.name)?.events ?? []), ...secret.events]);
        byName.set(secret.name, { ...secret, events: [...events] });
    }
    return [...byName.values()];
}
