import type { ImageRow } from "../../cli/commands/images.js";
import type { AppStatus, PipelineStatus } from "../../cli/status/status.js";

/** Of an application that CI rolls. */
export const row: ImageRow = {
    app: "website",
    namespace: "website",
    deployment: "website",
    container: "website",
    declared: null,
    live: "1a2b3c4d",
    newest: "5e6f7a8b",
    since: null,
    setBy: null,
    state: "follows CI",
};
/** As it should be. */
export const app: AppStatus = {
    app: "website",
    repository: "acme/<website>",
    containers: [row],
    lastDeploy: {
        number: 7,
        status: "success",
        tag: "1a2b3c4d",
        at: "2026-11-24T09:30:00.000Z",
        url: "https://ci.example.org/repos/2/pipeline/7",
    },
    brokenImages: [],
};
export const page: PipelineStatus = {
    stack: "prod",
    at: "2026-11-24T10:00:00.000Z",
    apps: [app],
    reported: [{ what: "drift", state: "fine", words: "nothing has drifted", at: "2026-11-24T03:00:00.000Z" }],
    unknown: [],
};
