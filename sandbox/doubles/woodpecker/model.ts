/** Rows of the double's store. Names and order of the fields are the API's; what the API never shows stands in `hidden`. */

export const EVENTS = [
    "push",
    "pull_request",
    "pull_request_closed",
    "pull_request_metadata",
    "tag",
    "release",
    "deployment",
    "cron",
    "manual",
] as const;
export type Event = (typeof EVENTS)[number];

export const STATUSES = [
    "declined",
    "blocked",
    "created",
    "error",
    "killed",
    "canceled",
    "running",
    "pending",
    "failure",
    "success",
    "skipped",
] as const;
export type Status = (typeof STATUSES)[number];

export interface User {
    readonly id: number;
    readonly forge_id: 1;
    readonly forge_remote_id: string;
    login: string;
    email: string;
    avatar_url: string;
    admin: boolean;
    org_id: number;
    hidden: { hash: string; accessToken: string };
}

export interface Org {
    readonly id: number;
    readonly forge_id: 1;
    name: string;
    is_user: boolean;
}

export interface Repo {
    readonly id: number;
    readonly forge_id: 1;
    forge_remote_id: string;
    org_id: number;
    owner: string;
    name: string;
    full_name: string;
    avatar_url: string;
    forge_url: string;
    clone_url: string;
    clone_url_ssh: string;
    default_branch: string;
    pr_enabled: boolean;
    /** Minutes. */
    timeout: number;
    visibility: "public" | "private" | "internal";
    private: boolean;
    trusted: { network: boolean; volumes: boolean; security: boolean };
    require_approval: "none" | "forks" | "pull_requests" | "all_events";
    approval_allowed_users: string[] | null;
    active: boolean;
    allow_pr: boolean;
    allow_deploy: boolean;
    config_file: string;
    cancel_previous_pipeline_events: string[];
    netrc_trusted: string[] | null;
    config_extension_endpoint: string;
    config_extension_exclusive: boolean;
    config_extension_netrc: boolean;
    registry_extension_endpoint: string;
    registry_extension_netrc: boolean;
    secret_extension_endpoint: string;
    secret_extension_netrc: boolean;
    hidden: { userId: number; hash: string };
}

export interface Permission {
    readonly userId: number;
    readonly repoId: number;
    pull: boolean;
    push: boolean;
    admin: boolean;
    synced: number;
    created: number;
    updated: number;
}

/** Level of a secret or registry: `repo_id` and `org_id` are 0 for "all". */
export interface Owned {
    readonly id: number;
    readonly org_id: number;
    readonly repo_id: number;
}

export interface Secret extends Owned {
    readonly name: string;
    images: string[] | null;
    events: Event[];
    note: string;
    hidden: { value: string };
}

export interface Registry extends Owned {
    readonly address: string;
    username: string;
    hidden: { password: string };
}

export interface Cron {
    readonly id: number;
    name: string;
    readonly repo_id: number;
    creator_id: number;
    next_exec: number;
    schedule: string;
    timezone: string;
    created: number;
    branch: string;
    enabled: boolean;
    variables: Record<string, string> | null;
}

export interface PipelineError {
    readonly type: "generic" | "linter" | "compiler" | "deprecation" | "bad_habit";
    readonly message: string;
    readonly is_warning: boolean;
    readonly data: { readonly file: string; readonly field: string; readonly docs?: string } | null;
}

export interface Pipeline {
    readonly id: number;
    number: number;
    author: string;
    parent: number;
    event: Event;
    event_reason: string[] | null;
    status: Status;
    errors: PipelineError[] | null;
    created: number;
    updated: number;
    started: number;
    finished: number;
    deploy_to: string;
    deploy_task: string;
    commit: string;
    branch: string;
    rerun_count: number;
    ref: string;
    refspec: string;
    author_avatar: string;
    forge_url: string;
    reviewed_by: string;
    reviewed: number;
    cancel_info?: { canceled_by_user?: string; superseded_by?: number; canceled_by_step?: string };
    changed_files?: string[];
    variables?: Record<string, string>;
    cron?: string;
    version: string;
    title: string;
    message: string;
    timestamp: number;
    sender: string;
    author_email: string;
    hidden: { repoId: number; configIds: number[] };
}

export interface Config {
    readonly id: number;
    readonly repoId: number;
    readonly hash: string;
    readonly name: string;
    readonly text: string;
}

export interface Workflow {
    readonly id: number;
    readonly pipeline_id: number;
    readonly pid: number;
    readonly name: string;
    state: Status;
    error?: string;
    started?: number;
    finished?: number;
    agent_id?: number;
}

export type StepType = "clone" | "commands" | "plugin";

export interface Step {
    readonly id: number;
    readonly uuid: string;
    readonly pipeline_id: number;
    readonly pid: number;
    readonly ppid: number;
    readonly name: string;
    state: Status;
    error?: string;
    exit_code: number;
    started?: number;
    finished?: number;
    readonly type: StepType;
    hidden: { failure: "fail" | "ignore" | "cancel" };
}

/** The row without what the API never shows. */
export function shown<T extends { hidden: unknown }>({ hidden: _, ...row }: T): Omit<T, "hidden"> {
    return row;
}

/** Unix seconds. */
export const now = (): number => Math.floor(Date.now() / 1000);

const priority = new Map(STATUSES.map((status, index) => [status, index]));

/** The status of a whole from those of its parts: the worst one, `success` where there is none. */
export function merged(statuses: readonly Status[]): Status {
    return statuses.reduce((left, right) => {
        if (left === "canceled" && right === "canceled") return "canceled";
        const [a, b] = [left, right].map((status) => (status === "canceled" ? "killed" : status)) as [Status, Status];
        return (priority.get(a) ?? 0) <= (priority.get(b) ?? 0) ? a : b;
    }, "success" as Status);
}
