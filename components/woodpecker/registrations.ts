import * as pulumi from "@pulumi/pulumi";
import type { Registered } from "../../config/settings.js";
import { Registration } from "./registration.js";

/** Repositories that are registered in Woodpecker and nothing more: files, secrets and deploys are their owners'. */
export class Registrations extends pulumi.ComponentResource {
    /** Numeric id of each, by its name in the settings. */
    readonly ids: Readonly<Record<string, pulumi.Output<number>>>;

    constructor(name: string, args: Registered, opts?: pulumi.ComponentResourceOptions) {
        super("cicd:woodpecker:Registrations", name, {}, opts);
        const { woodpecker } = args;
        this.ids = Object.fromEntries(
            Object.entries(args.repositories).map(([key, { repository, woodpeckerId }]) => {
                const registration = new Registration(
                    `${name}-${key}`,
                    { repository, expectedId: woodpeckerId, woodpecker },
                    { parent: this },
                );
                return [key, registration.repositoryId];
            }),
        );
        this.registerOutputs({ ids: this.ids });
    }
}
