import { renderYaml } from "../document.js";
import { versions } from "./actions.js";

/** The part of GitHub's workflow syntax that generated files use. */
export interface Workflow {
    readonly name: string;
    readonly on: {
        readonly push: { readonly branches: readonly string[]; readonly paths?: readonly string[] };
        readonly workflow_dispatch: Record<string, never>;
    };
    readonly permissions: Permissions;
    readonly concurrency: { readonly group: string; readonly "cancel-in-progress": boolean };
    readonly jobs: Readonly<Record<string, Job>>;
}

export type Permissions = Readonly<Record<string, "read" | "write">>;

export interface Job {
    readonly name: string;
    readonly needs?: string;
    readonly "runs-on": string;
    readonly "timeout-minutes": number;
    readonly permissions?: Permissions;
    readonly outputs?: Readonly<Record<string, string>>;
    readonly steps: readonly Step[];
}

export type Step = { readonly name: string; readonly id?: string } & (
    | { readonly uses: string; readonly with?: Readonly<Record<string, string | boolean>> }
    | { readonly shell: "bash"; readonly env?: Readonly<Record<string, string>>; readonly run: string }
);

/** Writes a workflow file; every pinned action has its version beside it. */
export function renderWorkflow(workflow: Workflow, header: string): string {
    return renderYaml(workflow, { header, comments: versions });
}
