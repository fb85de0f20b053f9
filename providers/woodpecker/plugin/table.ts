import { cron, registry, secret } from "./tables/entries.js";
import { repository } from "./tables/repository.js";
import type { ResourceType } from "./tables/shape.js";

export { configuration } from "./tables/configuration.js";
export { settings } from "./tables/repository.js";
export { type EntryShape, EVENTS, type Level, type ResourceType } from "./tables/shape.js";

/** Every resource of the provider. */
export const resourceTypes: readonly ResourceType[] = [
    repository,
    secret("GlobalSecret", "global"),
    secret("OrganizationSecret", "organization"),
    secret("RepositorySecret", "repository"),
    cron,
    registry("GlobalRegistry", "global"),
    registry("OrganizationRegistry", "organization"),
    registry("RepositoryRegistry", "repository"),
];
