import * as pulumi from "@pulumi/pulumi";
import type { App, AppDeployment, Delivery } from "../../config/settings.js";
import { AppRepository, type AppRepositoryArgs } from "../github/appRepository.js";
import type { Credentials } from "../vault/credentials.js";
import { DeployIdentity } from "../vault/deployIdentity.js";
import type { PathRule } from "../vault/policy.js";
import type { VaultAuth } from "../vault/vaultAuth.js";
import { AppRegistration, type RegistrationSecret } from "../woodpecker/appRegistration.js";
import { secretNames } from "../woodpecker/deploySteps.js";
import { appDocuments } from "./documents.js";

export interface AppPipelineArgs {
    readonly app: App;
    readonly delivery: Delivery;
    readonly auth: VaultAuth;
    readonly credentials: Credentials;
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
        const { adopt } = delivery;
        const slack = credentials.find("slackWebhook");

        const registration = new AppRegistration(
            `${name}-registration`,
            { app, woodpecker: delivery.woodpecker, secrets: pipelineSecrets(app, credentials), adopt },
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
        new AppRepository(
            `${name}-github`,
            {
                app,
                files: appDocuments(app, { delivery, slack: slack !== undefined }),
                ...actionsSettings(app, delivery, credentials, registration.repositoryId),
                commitAuthor: delivery.github.commitAuthor,
                adopt,
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

/** Each secret with exactly the events of the workflows that name it. */
function pipelineSecrets(app: App, credentials: Credentials): RegistrationSecret[] {
    const events =
        app.build === "woodpecker" ? (["push", "manual", "deployment"] as const) : (["manual", "deployment"] as const);
    const slack = credentials.find("slackWebhook");
    return [
        ...(slack ? [{ name: secretNames.slackWebhook, value: slack, events }] : []),
        { name: secretNames.registryUsername, value: credentials.get("dockerhubUsername"), events },
        { name: secretNames.registryPassword, value: credentials.get("dockerhubToken"), events },
    ];
}

/** What the workflow on GitHub reads; nothing for an application that GitHub does not build. */
function actionsSettings(
    app: App,
    { woodpecker }: Delivery,
    credentials: Credentials,
    repositoryId: pulumi.Output<number>,
): Pick<AppRepositoryArgs, "secrets" | "variables"> {
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
