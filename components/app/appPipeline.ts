import * as pulumi from "@pulumi/pulumi";
import type { App, AppDeployment, Delivery } from "../../config/settings.js";
import { RepositoryContent, type RepositoryContentArgs } from "../github/repositoryContent.js";
import type { Credentials } from "../vault/credentials.js";
import { DeployIdentity } from "../vault/deployIdentity.js";
import type { PathRule } from "../vault/policy.js";
import type { VaultAuth } from "../vault/vaultAuth.js";
import { Registration } from "../woodpecker/registration.js";
import { appDocuments } from "./documents.js";
import { pipelineSecrets } from "./pipelineSecrets.js";
import type { SharedRepository } from "./sharedRepository.js";

export interface AppPipelineArgs {
    readonly app: App;
    readonly delivery: Delivery;
    readonly auth: VaultAuth;
    readonly credentials: Credentials;
    /** The application's repository, where it is registered by somebody else. */
    readonly shared?: SharedRepository;
}

/** What the stack says about an application; never a secret. */
export interface AppSummary {
    readonly name: string;
    readonly repository: string;
    readonly woodpeckerId: pulumi.Output<number>;
    readonly images: readonly string[];
    readonly deployments: readonly AppDeployment[];
}

/** The whole way of one application from a push to running pods. */
export class AppPipeline extends pulumi.ComponentResource {
    /** What the pipelines' Vault policy must hold for this application. */
    readonly grant: PathRule;
    readonly summary: AppSummary;

    constructor(name: string, args: AppPipelineArgs, opts?: pulumi.ComponentResourceOptions) {
        super("cicd:app:AppPipeline", name, {}, opts);
        const parent = { parent: this };
        const { app, delivery, credentials } = args;
        const slack = credentials.find("slackWebhook");

        const registration =
            args.shared ??
            new Registration(
                `${name}-registration`,
                {
                    repository: app.repository.fullName,
                    expectedId: app.woodpeckerId,
                    woodpecker: delivery.woodpecker,
                    secrets: pipelineSecrets(app, credentials),
                },
                parent,
            );
        const identity = new DeployIdentity(
            `${name}-identity`,
            {
                app: app.name,
                deployments: app.deployments,
                mount: delivery.vault.mounts.kubernetesSecrets,
                backend: args.auth.secretsMount,
                vaultServiceAccount: delivery.vault.kubernetes.serviceAccount,
            },
            parent,
        );
        new RepositoryContent(
            `${name}-github`,
            {
                repository: app.repository.name,
                branch: app.branches[0],
                files: appDocuments(app, {
                    delivery,
                    slack: slack !== undefined,
                    builtElsewhere: args.shared?.builds.includes(app.name),
                }),
                ...actionsSettings(app, delivery, credentials, registration.repositoryId),
                commitAuthor: delivery.github.commitAuthor,
                after: args.shared?.commits,
            },
            parent,
        );

        this.grant = identity.grant;
        this.summary = {
            name: app.name,
            repository: app.repository.fullName,
            woodpeckerId: registration.repositoryId,
            images: app.images.map((image) => image.name),
            deployments: app.deployments,
        };
        this.registerOutputs({ summary: this.summary });
    }
}

/** What the workflow on GitHub reads; nothing for an application that GitHub does not build. */
function actionsSettings(
    app: App,
    { woodpecker }: Delivery,
    credentials: Credentials,
    repositoryId: pulumi.Output<number>,
): Pick<RepositoryContentArgs, "secrets" | "variables"> {
    if (app.build === "woodpecker") return { secrets: {}, variables: {} };
    return {
        secrets: {
            DOCKERHUB_USERNAME: credentials.get("dockerhubUsername"),
            DOCKERHUB_TOKEN: credentials.get("dockerhubToken"),
            WOODPECKER_TOKEN: credentials.get("woodpeckerToken"),
        },
        variables: {
            WOODPECKER_URL: woodpecker.url,
            WOODPECKER_REPO_ID: pulumi.interpolate`${repositoryId}`,
        },
    };
}
