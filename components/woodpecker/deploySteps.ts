import type { VaultValue } from "../../config/primitives.js";
import type { App, Delivery } from "../../config/settings.js";
import { deployRole, pipelineRole } from "../vault/names.js";
import type { PathRule } from "../vault/policy.js";
import { deployScript, slackScript } from "./scripts.js";
import type { Step } from "./workflow.js";

/** Names of the secrets in Woodpecker; `AppRegistration` sets them. */
export const secretNames = {
    slackWebhook: "slack_webhook",
    registryUsername: "dockerhub_username",
    registryPassword: "dockerhub_token",
} as const;

export interface DeployStepsArgs {
    readonly delivery: Delivery;
    /** Whether to tell Slack. */
    readonly slack: boolean;
    /** Tag to deploy, where the pipeline's variable IMAGE_TAG does not say it. */
    readonly tag?: string;
}

/** Seconds that all rollouts of one deploy may take together; less than the ten minutes a minted token lives. */
const rolloutSeconds = 300;

/** The steps that put a tag into the application's containers and tell Slack how it went. */
export function deploySteps(app: App, { delivery, slack, tag }: DeployStepsArgs): Step[] {
    const { vault, woodpecker, images } = delivery;
    const subject = { APP: app.name, ...(tag && { IMAGE_TAG: tag }) };
    const deploy: Step = {
        name: "deploy",
        image: images.kubectl,
        backend_options: { kubernetes: { serviceAccountName: woodpecker.deployServiceAccount } },
        environment: {
            ...subject,
            DEPLOYMENTS: rows(app),
            VAULT_ADDR: vault.inClusterAddress,
            VAULT_ROLE: pipelineRole,
            VAULT_AUTH_MOUNT: vault.mounts.kubernetesAuth,
            VAULT_SECRETS_MOUNT: vault.mounts.kubernetesSecrets,
            DEPLOY_ROLE: deployRole(app.name),
            DEPLOY_SERVICE_ACCOUNT: woodpecker.deployServiceAccount,
            ROLLOUT_SECONDS: String(rolloutSeconds),
            ...pinning(app, delivery),
        },
        commands: [deployScript],
    };
    const tell = (status: "success" | "failure", outcome: "deployed" | "failed"): Step => ({
        name: `notify-${status}`,
        image: images.slack,
        when: [{ status: [status] }],
        // An image that cannot be pulled or an outage of Slack must not turn a deploy red.
        failure: "ignore",
        environment: { ...subject, OUTCOME: outcome, SLACK_WEBHOOK: { from_secret: secretNames.slackWebhook } },
        commands: [slackScript],
    });
    return slack ? [deploy, tell("success", "deployed"), tell("failure", "failed")] : [deploy];
}

/** What a deploy of a pinned application does, by the operator's choice; nothing for the others. */
function pinning(app: App, { release, github, vault }: Delivery): Readonly<Record<string, string>> {
    const { ciDeploys, record } = release;
    if (app.sha === undefined) return {};
    if (ciDeploys === "refuse" || !record) return { PINNED: "refuse" };
    return {
        PINNED: "record",
        PIN_API: github.baseUrl ? `${github.baseUrl}/api/v3` : "https://api.github.com",
        PIN_REPOSITORY: record.repository,
        PIN_BRANCH: record.branch ?? github.defaultBranch,
        PIN_FILE: record.file,
        PIN_SECRET: secretPath(vault.mounts.kv, record.token),
        PIN_KEY: record.token.key,
    };
}

/** What a deploy step must be allowed in Vault to record the pins of these applications. */
export function pinGrants(apps: readonly App[], { release, vault }: Delivery): PathRule[] {
    const { ciDeploys, record } = release;
    if (ciDeploys !== "record" || !record || apps.every(({ sha }) => sha === undefined)) return [];
    return [{ path: secretPath(vault.mounts.kv, record.token), capabilities: ["read"] }];
}

const secretPath = (mount: string, { path }: VaultValue) => `${mount}/data/${path}`;

const rows = ({ deployments }: App) =>
    deployments.map((d) => `${d.namespace} ${d.deployment} ${d.container} ${d.image}\n`).join("");

/** Deploys of one application share this, whichever file they stand in, so that they never overlap. */
export function oneDeployAtATime(app: App) {
    return { limit: 1, group: `deploy-${app.name}` };
}
