import type { InfraPipelineBlocks, InfraPipelineName } from "../../config/infra.js";
import { HISTORY_NAME } from "../drift/names.js";
import { readerRules } from "../drift/readerRules.js";
import { secretNames } from "../woodpecker/deploySteps.js";
import { driftRights } from "./driftRights.js";
import {
    clone,
    type InfraContext,
    type InfraPipeline,
    notify,
    oneAtATime,
    ownIdentity,
    scriptStep,
    slackSecret,
    vaultLogin,
} from "./pipeline.js";
import { infraScripts } from "./scripts.js";

/** The job tells of drift by itself, once; that it is red every night until then is no news. */
const TOLD_FILE = ".drift-told";

const names = { passphrase: "pulumi_passphrase", github: "drift_github_token", woodpecker: "drift_woodpecker_token" };

/**
 * Compares every night what is declared with what is there: red on drift, and red in other words when it cannot tell.
 *
 * @param vaultUsers the other pipelines that have a role of their own in Vault
 */
export function driftDetection(
    context: InfraContext,
    block: NonNullable<InfraPipelineBlocks["drift-detection"]>,
    vaultUsers: readonly InfraPipelineName[],
): InfraPipeline {
    const { infra, slack } = context;
    const { drift } = infra.declared;
    const identity = ownIdentity("drift-detection");
    const look = scriptStep({
        name: "look",
        image: block.image,
        script: infraScripts["drift-detection"],
        serviceAccount: identity,
        memory: ["2Gi", "4Gi"],
        environment: {
            PROGRAM_DIRECTORY: block.directory,
            STACKS: block.stacks.join(" "),
            PULUMI_BACKEND_URL: block.backendUrl,
            PULUMI_CONFIG_PASSPHRASE: { from_secret: names.passphrase },
            PULUMI_SKIP_UPDATE_CHECK: "true",
            PUSHGATEWAY_URL: block.pushgatewayUrl ?? "",
            ...(drift && {
                HISTORY: `configmap:${drift.namespace}/${HISTORY_NAME}`,
                EXPECTED: JSON.stringify(drift.expected),
                REMIND_AFTER_HOURS: String(drift.remindAfterHours),
                CONFIRM_AFTER_SECONDS: String(drift.confirmAfterSeconds),
            }),
            ...(block.history && { HISTORY: block.history }),
            ...(block.terraform && {
                TERRAFORM_STACKS: block.terraform.directories.join(" "),
                TERRAFORM_SKIP: block.terraform.skip.join(" "),
                TERRAFORM_COMMAND: block.terraform.command,
            }),
            GITHUB_TOKEN: { from_secret: names.github },
            WOODPECKER_TOKEN: { from_secret: names.woodpecker },
            ...(slack && { SLACK_WEBHOOK: { from_secret: secretNames.slackWebhook }, TOLD_FILE }),
            ...vaultLogin(infra, identity),
        },
    });
    return {
        name: "drift-detection",
        workflow: {
            when: [{ event: "cron", cron: block.cron }],
            clone: clone(infra, 1),
            concurrency: oneAtATime("drift-detection"),
            steps: [look, ...notify(context, "drift-detection", ["failure"], TOLD_FILE)],
        },
        secrets: [
            { name: names.passphrase, source: block.passphrase },
            { name: names.github, source: block.githubToken },
            { name: names.woodpecker, source: block.woodpeckerToken },
            ...slackSecret(context),
        ],
        cron: { name: block.cron, schedule: block.schedule },
        rights: [...driftRights(context, vaultUsers), ...block.vault],
        clusterRules: readerRules(drift?.secrets ?? []),
        clusterRole: block.clusterRole,
    };
}
