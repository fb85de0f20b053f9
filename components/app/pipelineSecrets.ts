import type { App } from "../../config/settings.js";
import type { Credentials } from "../vault/credentials.js";
import { secretNames } from "../woodpecker/deploySteps.js";
import type { RegistrationSecret } from "../woodpecker/registration.js";

/** What an application's workflows on Woodpecker name, each secret with exactly the events of these workflows. */
export function pipelineSecrets(app: App, credentials: Credentials): RegistrationSecret[] {
    const events =
        app.build === "woodpecker" ? (["push", "manual", "deployment"] as const) : (["manual", "deployment"] as const);
    const slack = credentials.find("slackWebhook");
    return [
        ...(slack ? [{ name: secretNames.slackWebhook, value: slack, events }] : []),
        { name: secretNames.registryUsername, value: credentials.get("dockerhubUsername"), events },
        { name: secretNames.registryPassword, value: credentials.get("dockerhubToken"), events },
    ];
}
