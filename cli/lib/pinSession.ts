import { type Cluster, connectCluster } from "../../components/release/cluster.js";
import type { App } from "../../config/settings.js";
import { PlainError, UsageError } from "../../jobs/lib/errors.js";
import { ImageRegistries } from "../../jobs/lib/registry/image.js";
import { registryLogin } from "./registryLogin.js";
import type { Session } from "./session.js";
import type { Stack } from "./stack.js";

/** What every command about pinned images works with. */
export interface PinSession {
    readonly stack: Stack;
    readonly apps: readonly App[];
    readonly cluster: Cluster;
    readonly registries: ImageRegistries;
}

/** @throws PlainError where there are no applications */
export async function openPins(session: Session): Promise<PinSession> {
    const stack = await session.stack();
    const apps = stack.settings.delivery?.apps;
    if (!apps) throw new PlainError(`Stack ${stack.name} has no applications; they are declared in cicd:apps`);
    // Says first, and in few words, when no cluster is configured.
    await session.kubernetes();
    const login = await registryLogin(session);
    return { stack, apps, cluster: await connectCluster(), registries: new ImageRegistries(session.http, login) };
}

/** @throws UsageError that names the applications there are */
export function appNamed(apps: readonly App[], name: string): App {
    const app = apps.find((each) => each.name === name);
    if (app) return app;
    throw new UsageError(`There is no application ${name}; there are ${apps.map((each) => each.name).join(", ")}`);
}
