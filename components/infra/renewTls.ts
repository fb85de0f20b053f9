import type { InfraPipelineBlocks } from "../../config/infra.js";
import {
    clone,
    gitAccess,
    type InfraContext,
    type InfraPipeline,
    notify,
    oneAtATime,
    ownIdentity,
    scriptStep,
    slackSecret,
} from "./pipeline.js";
import { infraScripts } from "./scripts.js";

/** Renews the certificate with the repository's own program and hands it to every namespace. */
export function renewTls(context: InfraContext, block: NonNullable<InfraPipelineBlocks["renew-tls"]>): InfraPipeline {
    const { infra } = context;
    const git = gitAccess(infra);
    const names = Object.keys(block.environment).sort();
    const renew = scriptStep({
        name: "renew",
        image: infra.tools,
        script: infraScripts["renew-tls"],
        serviceAccount: ownIdentity("renew-tls"),
        environment: {
            RENEW_SCRIPT: block.script,
            CERTIFICATE: block.certificate,
            PRIVATE_KEY: block.privateKey,
            TLS_SECRET: block.secret,
            SKIPPED_NAMESPACES: block.skippedNamespaces,
            ...git.environment,
            ...Object.fromEntries(names.map((name) => [name, { from_secret: name }])),
        },
    });
    return {
        name: "renew-tls",
        workflow: {
            when: [{ event: "cron", cron: block.cron }],
            clone: clone(infra, 1),
            concurrency: oneAtATime("renew-tls"),
            steps: [renew, ...notify(context, "renew-tls")],
        },
        secrets: [
            ...git.secrets,
            ...Object.entries(block.environment).map(([name, source]) => ({ name, source })),
            ...slackSecret(context),
        ],
        cron: { name: block.cron, schedule: block.schedule },
        clusterRules: [
            { apiGroups: [""], resources: ["namespaces"], verbs: ["list"] },
            { apiGroups: [""], resources: ["secrets"], resourceNames: [block.secret], verbs: ["get", "patch"] },
            // Creating cannot be confined to a name.
            { apiGroups: [""], resources: ["secrets"], verbs: ["create"] },
        ],
    };
}
