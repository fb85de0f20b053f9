import type { Access } from "../access.js";
import type { Forge } from "../forge.js";
import type { Pipeline } from "../model.js";
import type { Pipelines } from "../pipelines.js";
import type { Queue } from "../queue.js";
import type { Schedule } from "../schedule.js";
import type { Settings } from "../settings.js";
import type { Store } from "../store.js";

/** What the handlers work with. */
export interface Parts {
    readonly settings: Settings;
    readonly store: Store;
    readonly forge: Forge;
    readonly access: Access;
    readonly pipelines: Pipelines;
    readonly queue: Queue;
    readonly schedule: Schedule;
    /** A pipeline with its workflows and steps. */
    readonly showTree: (pipeline: Pipeline) => object;
    /** The same as some answers give it: without what is filled in for display. */
    readonly showRaw: (pipeline: Pipeline) => object;
}
