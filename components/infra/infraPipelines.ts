import * as pulumi from "@pulumi/pulumi";
import type { Infra } from "../../config/settings.js";
import * as woodpecker from "../../providers/woodpecker/index.js";
import { pipelineSecrets } from "../app/pipelineSecrets.js";
import type { SharedRepository } from "../app/sharedRepository.js";
import { RepositoryContent } from "../github/repositoryContent.js";
import type { Credentials } from "../vault/credentials.js";
import type { VaultAuth } from "../vault/vaultAuth.js";
import { Registration, type RegistrationSecret } from "../woodpecker/registration.js";
import { type InfraPipeline, ownIdentity } from "./pipeline.js";
import { PipelineIdentity } from "./pipelineIdentity.js";
import { infraDocuments, infraPipelines } from "./pipelines.js";

export interface InfraPipelinesArgs {
    readonly infra: Infra;
    readonly auth: Pick<VaultAuth, "authMount">;
    readonly credentials: Credentials;
}

/** The managed pipelines of the infra repository: its registration with secrets and crons, and the files in it. */
export class InfraPipelines extends pulumi.ComponentResource {
    /** Names of the pipelines. */
    readonly pipelines: readonly string[];
    /** Who looks for drift, where that is managed. */
    readonly driftReader?: { readonly name: string; readonly namespace: string };
    /** For applications that live in the same repository. */
    readonly shared: SharedRepository;

    constructor(name: string, args: InfraPipelinesArgs, opts?: pulumi.ComponentResourceOptions) {
        super("cicd:infra:InfraPipelines", name, {}, opts);
        const parent = { parent: this };
        const { infra, credentials } = args;
        const pipelines = infraPipelines({
            infra,
            slack: credentials.find("slackWebhook") !== undefined,
            reads: credentials.paths,
        });

        const registration = new Registration(
            `${name}-registration`,
            {
                repository: infra.repository,
                expectedId: infra.woodpeckerId,
                woodpecker: infra.woodpecker,
                secrets: [
                    ...pipelines.flatMap((pipeline) => secretsOf(pipeline, credentials)),
                    ...infra.residents.flatMap((app) => pipelineSecrets(app, credentials)),
                ],
            },
            parent,
        );
        const content = new RepositoryContent(
            `${name}-github`,
            {
                repository: infra.repository.split("/")[1] ?? "",
                branch: infra.branch,
                files: infraDocuments(pipelines),
                commitAuthor: infra.github.commitAuthor,
            },
            parent,
        );
        for (const pipeline of pipelines) {
            if (pipeline.rights || pipeline.clusterRules || pipeline.clusterRole) {
                const { authMount } = args.auth;
                new PipelineIdentity(`${name}-${pipeline.name}`, { infra, pipeline, authMount }, parent);
            }
            if (pipeline.cron) {
                new woodpecker.Cron(
                    `${name}-${pipeline.name}-cron`,
                    {
                        repositoryId: registration.repositoryId,
                        name: pipeline.cron.name,
                        schedule: pipeline.cron.schedule,
                        timezone: infra.timezone,
                        branch: infra.branch,
                        // The server's own default is a cron that never runs.
                        enabled: true,
                    },
                    // A cron on a branch without its workflow runs nothing, or what stood there before.
                    { ...parent, dependsOn: [...content.commits] },
                );
            }
        }

        if (infra.pipelines["drift-detection"]) {
            this.driftReader = {
                name: ownIdentity("drift-detection"),
                namespace: infra.woodpecker.pipelineNamespace,
            };
        }
        this.pipelines = pipelines.map((pipeline) => pipeline.name);
        this.shared = {
            fullName: infra.repository,
            repositoryId: registration.repositoryId,
            builds: infra.portal ? [infra.portal.name] : [],
            commits: content.commits,
        };
        this.registerOutputs({ pipelines: this.pipelines });
    }
}

/** Each secret with exactly the events of the workflow that names it. */
function secretsOf({ workflow, secrets }: InfraPipeline, credentials: Credentials): RegistrationSecret[] {
    const events = [...new Set(workflow.when.flatMap((filter) => filter.event))];
    return secrets.map(({ name, source }) => ({
        name,
        value: typeof source === "string" ? credentials.get(source) : credentials.value(source),
        events,
    }));
}
