/** What starts a pipeline; a secret is handed to pipelines of the listed events only. */
export type Event =
    | "push"
    | "pull_request"
    | "pull_request_closed"
    | "pull_request_metadata"
    | "tag"
    | "release"
    | "deployment"
    | "cron"
    | "manual";
