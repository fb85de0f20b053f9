import type { App } from "../../config/settings.js";
import { buildAndDeploy } from "../woodpecker/buildWorkflow.js";
import { byHand, type InfraContext, type InfraPipeline, pushOf } from "./pipeline.js";

/**
 * Builds and deploys the application that lives in a directory of the infra repository.
 *
 * An application that GitHub Actions builds is built there at a push; two builders would push different images under one tag, so
 * then this one runs by name only.
 */
export function k8sPortal({ infra, slack }: InfraContext, app: App): InfraPipeline {
    const delivery = { ...infra };
    const pushed = app.build === "woodpecker" ? [pushOf(infra, `${app.directory ?? "."}/**`)] : [];
    return {
        name: "k8s-portal",
        workflow: buildAndDeploy(app, [...pushed, byHand("k8s-portal")], { delivery, slack }),
        // The application's registration brings them; both share the one of the infra repository.
        secrets: [],
    };
}
