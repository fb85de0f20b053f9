/**
 * Resources of a Woodpecker CI server (3.13 or later) for Pulumi programs.
 *
 * The classes hold no logic: checking, planning and the REST calls are in the plugin `pulumi-resource-woodpecker` beside
 * this file. `README.md` documents every resource and property; a test holds classes, schema and README together.
 */
export { Cron, type CronArgs } from "./resources/cron.js";
export type { Event } from "./resources/event.js";
export { Provider, type ProviderArgs } from "./resources/provider.js";
export {
    GlobalRegistry,
    type GlobalRegistryArgs,
    OrganizationRegistry,
    type OrganizationRegistryArgs,
    RepositoryRegistry,
    type RepositoryRegistryArgs,
} from "./resources/registries.js";
export { Repository, type RepositoryArgs, type Trusted } from "./resources/repository.js";
export {
    GlobalSecret,
    type GlobalSecretArgs,
    OrganizationSecret,
    type OrganizationSecretArgs,
    RepositorySecret,
    type RepositorySecretArgs,
} from "./resources/secrets.js";
