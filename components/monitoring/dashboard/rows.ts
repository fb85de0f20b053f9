import type { App } from "../../../config/settings.js";
import type { Row } from "./chart.js";
import { deploysRow } from "./rows/deploysRow.js";
import { driftRow } from "./rows/driftRow.js";
import { extensionRow } from "./rows/extensionRow.js";
import { integrityRow } from "./rows/integrityRow.js";
import { registryRow } from "./rows/registryRow.js";
import { syncRow } from "./rows/syncRow.js";

export interface RowsInput {
    readonly apps: readonly App[];
    /** Of the integrity probe. @default 1 */
    readonly shards?: number | undefined;
    /** Label `extension` of the secret extension's metrics. @default there is none, and no row for it */
    readonly extension?: string | undefined;
    /** Regular expression of PromQL. */
    readonly registryInstance: string;
}

/** The charts of the pipeline, a row a part. */
export function dashboardRows({ apps, shards = 1, extension, registryInstance }: RowsInput): Row[] {
    return [
        integrityRow({ shards }),
        deploysRow(apps),
        syncRow(),
        ...(extension === undefined ? [] : [extensionRow(extension)]),
        driftRow(),
        registryRow(registryInstance),
    ];
}
