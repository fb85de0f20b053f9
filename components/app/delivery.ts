import * as pulumi from "@pulumi/pulumi";
import type { App, Delivery as DeliverySettings } from "../../config/settings.js";
import type { Credentials } from "../vault/credentials.js";
import { PipelineDeployer } from "../vault/pipelineDeployer.js";
import type { VaultAuth } from "../vault/vaultAuth.js";
import { pinGrants } from "../woodpecker/deploySteps.js";
import { AppPipeline, type AppSummary } from "./appPipeline.js";
import type { SharedRepository } from "./sharedRepository.js";

export interface DeliveryArgs {
    readonly delivery: DeliverySettings & { readonly apps: readonly App[] };
    readonly auth: VaultAuth;
    readonly credentials: Credentials;
    /** A repository of applications that is registered by somebody else. */
    readonly shared?: SharedRepository;
}

/** Every application's way from a push to running pods, and what their deploy steps may do. */
export class Delivery extends pulumi.ComponentResource {
    readonly applications: readonly AppSummary[];

    constructor(name: string, args: DeliveryArgs, opts?: pulumi.ComponentResourceOptions) {
        super("cicd:app:Delivery", name, {}, opts);
        const parent = { parent: this };
        const sharedBy = (app: App) =>
            app.repository.fullName.toLowerCase() === args.shared?.fullName.toLowerCase() ? args.shared : undefined;
        const apps = args.delivery.apps.map(
            (app) => new AppPipeline(app.name, { ...args, app, shared: sharedBy(app) }, parent),
        );
        const grants = [...apps.map((app) => app.grant), ...pinGrants(args.delivery.apps, args.delivery)];
        new PipelineDeployer(`${name}-deployer`, { ...args, grants }, parent);

        this.applications = apps.map((app) => app.summary);
        this.registerOutputs({ applications: this.applications });
    }
}
