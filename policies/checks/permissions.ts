import type { Check } from "../lib/check.js";
import { githubWorkflow } from "../lib/files.js";
import { jobsOf } from "../lib/githubWorkflow.js";
import { at, entries, type Value } from "../lib/resource.js";

export const permissions: Check = {
    name: "workflow-permissions-are-least",
    description: "Pushed workflows state the permissions of their token, and none of them writes.",
    why: "Without a statement a job has what the repository gives by default, often everything: one bad dependency can then push commits.",
    remedy: "Write `permissions: {contents: read}` at the head of the workflow and `permissions: {}` for jobs that need nothing. A scope that must write goes to `allow` as `<scope>: write`, with the reason.",
    severity: "high",
    find: (resource) => {
        const file = githubWorkflow(resource);
        if (!file) return [];
        const stated = at(file.content, "permissions");
        return [
            ...judge(stated, file.path),
            ...jobsOf(file.content).flatMap(({ id, job }) => {
                const place = `${file.path}, job ${id}`;
                if (job.permissions !== undefined) return judge(job.permissions, place);
                return stated === undefined ? [{ subject: place, message: `${place}: states no permissions` }] : [];
            }),
        ];
    },
};

function judge(stated: Value, place: string) {
    if (typeof stated === "string") return [{ subject: stated, message: `${place}: permissions are ${stated}` }];
    return entries(stated)
        .filter(([, access]) => access === "write")
        .map(([scope]) => ({ subject: `${scope}: write`, message: `${place}: may write ${scope}` }));
}
