import { z } from "zod";
import { apps } from "./app.js";
import { credentialSync } from "./credentialSync.js";
import { credentials } from "./credentials.js";
import { dashboard } from "./dashboard.js";
import { drift } from "./drift.js";
import { github } from "./github.js";
import { images } from "./images.js";
import { infra } from "./infra.js";
import { integrityProbe } from "./integrityProbe.js";
import { nodes } from "./nodes.js";
import { registrations } from "./registrations.js";
import { registry } from "./registry.js";
import { release } from "./release.js";
import { secretExtension } from "./secretExtension.js";
import { secretSync } from "./secretSync.js";
import { vault } from "./vault.js";
import { woodpecker } from "./woodpecker.js";

/** Every block of stack config below `cicd:`. A block that is left out switches its part off. */
export const blocks = z.strictObject({
    github: github.optional(),
    woodpecker: woodpecker.optional(),
    vault: vault.optional(),
    credentials: credentials.prefault({}),
    images: images.prefault({}),
    apps: apps.default({}),
    infra: infra.optional(),
    registrations: registrations.default({}),
    release: release.prefault({}),
    registry: registry.optional(),
    nodes: nodes.optional(),
    integrityProbe: integrityProbe.optional(),
    secretSync: secretSync.optional(),
    secretExtension: secretExtension.optional(),
    credentialSync: credentialSync.optional(),
    dashboard: dashboard.optional(),
    drift: drift.optional(),
    /** Take over what exists already instead of failing on it. */
    adopt: z.boolean().default(false),
});

export type Blocks = z.output<typeof blocks>;
