import type { Settings } from "../../config/settings.js";
import type { Examination } from "./finding.js";
import type { World } from "./world.js";

/** One question about the pipeline. */
export interface Check {
    /** Name in reports, such as `github-secrets`. */
    readonly name: string;
    /** What is right when it finds nothing. */
    readonly proves: string;
    /** False where the settings leave that part of the pipeline out. */
    readonly applies: (settings: Settings) => boolean;
    /** @throws ServerDown, or any error when it cannot be told */
    readonly examine: (world: World) => Promise<Examination>;
}

interface CheckParts<Facts> extends Omit<Check, "examine"> {
    /** Asks the servers; decides nothing. */
    readonly read: (world: World) => Promise<Facts>;
    /** Decides; asks nobody. */
    readonly judge: (facts: Facts) => Examination;
}

/** A check of a reader and a judge, which tests know apart. */
export function makeCheck<Facts>({ read, judge, ...rest }: CheckParts<Facts>) {
    return { ...rest, judge, examine: async (world: World) => judge(await read(world)) };
}
