import { type Call, created, invalid, notFound, objectIn, ok, page, type Reply, refusal, timestamp } from "../call.js";
import { type GitHub, get, type Permitted } from "../github.js";
import type { StoredDeployment, StoredDeploymentStatus } from "../state.js";
import { commitOf, latest, statusesOf } from "./statuses.js";

const STATES = ["error", "failure", "inactive", "in_progress", "queued", "pending", "success"];

const deploymentsOf = (github: GitHub, { repository }: Permitted): StoredDeployment[] => {
    github.additions.deployments[repository.id] ??= [];
    return github.additions.deployments[repository.id] as StoredDeployment[];
};

const found = (github: GitHub, call: Call, permitted: Permitted): StoredDeployment | undefined =>
    deploymentsOf(github, permitted).find((deployment) => String(deployment.id) === call.params.id);

const text = (value: unknown, otherwise: string): string => (typeof value === "string" ? value : otherwise);

export async function listDeployments(github: GitHub, call: Call, permitted: Permitted): Promise<Reply> {
    return page(call, deploymentsOf(github, permitted), github.root, (items) => items);
}

export async function readDeployment(github: GitHub, call: Call, permitted: Permitted): Promise<Reply> {
    const deployment = found(github, call, permitted);
    return deployment ? ok(deployment) : notFound;
}

/** Refused with 409 while a required status of the commit is not green, and announced to the webhooks. */
export async function createDeployment(github: GitHub, call: Call, permitted: Permitted): Promise<Reply> {
    const body = objectIn(call);
    if (typeof body.ref !== "string") return invalid("Deployment", "ref", "missing_field");
    const sha = await commitOf(github, call, body.ref);
    if (!sha) return refusal(422, `No ref found for: ${body.ref}`);
    const required = Array.isArray(body.required_contexts) ? body.required_contexts.map(String) : undefined;
    const open = latest(statusesOf(github, permitted, sha)).filter(
        (status) => status.state !== "success" && (required?.includes(status.context) ?? true),
    );
    if (open.length > 0) {
        const contexts = open.map(({ context, state }) => ({ context, state }));
        const errors = [{ contexts, resource: "Deployment", field: "required_contexts", code: "invalid" }];
        return refusal(409, `Conflict: Commit status checks failed for ${body.ref}.`, { errors });
    }
    const id = github.additions.nextId++;
    const url = `${github.root}/repos/${permitted.repository.full_name}/deployments/${id}`;
    const creator = (await get(github, "/user", call.account)).json as StoredDeployment["creator"];
    const environment = text(body.environment, "production");
    const deployment: StoredDeployment = {
        url,
        id,
        node_id: Buffer.from(`Deployment${id}`).toString("base64"),
        sha,
        ref: body.ref,
        task: text(body.task, "deploy"),
        payload: (body.payload ?? {}) as StoredDeployment["payload"],
        original_environment: environment,
        environment,
        description: typeof body.description === "string" ? body.description : null,
        creator,
        created_at: timestamp(),
        updated_at: timestamp(),
        statuses_url: `${url}/statuses`,
        repository_url: permitted.repository.url,
        transient_environment: body.transient_environment === true,
        production_environment: body.production_environment === true,
    };
    deploymentsOf(github, permitted).unshift(deployment);
    const payload = { action: "created", deployment, repository: permitted.repository, sender: creator };
    void github.deliveries.deliver("deployment", payload, permitted.repository.id);
    return created(deployment);
}

const statusesOfDeployment = (github: GitHub, id: number): StoredDeploymentStatus[] => {
    github.additions.deploymentStatuses[id] ??= [];
    return github.additions.deploymentStatuses[id] as StoredDeploymentStatus[];
};

export async function listDeploymentStatuses(github: GitHub, call: Call, permitted: Permitted): Promise<Reply> {
    const deployment = found(github, call, permitted);
    if (!deployment) return notFound;
    return page(call, statusesOfDeployment(github, deployment.id), github.root, (items) => items);
}

export async function createDeploymentStatus(github: GitHub, call: Call, permitted: Permitted): Promise<Reply> {
    const deployment = found(github, call, permitted);
    if (!deployment) return notFound;
    const body = objectIn(call);
    if (!STATES.includes(String(body.state))) return invalid("DeploymentStatus", "state", "custom");
    const id = github.additions.nextId++;
    const status: StoredDeploymentStatus = {
        url: `${deployment.statuses_url}/${id}`,
        id,
        node_id: Buffer.from(`DeploymentStatus${id}`).toString("base64"),
        state: body.state as StoredDeploymentStatus["state"],
        creator: deployment.creator,
        description: text(body.description, ""),
        environment: text(body.environment, deployment.environment),
        target_url: text(body.target_url, ""),
        log_url: text(body.log_url, ""),
        environment_url: text(body.environment_url, ""),
        created_at: timestamp(),
        updated_at: timestamp(),
        deployment_url: deployment.url,
        repository_url: deployment.repository_url,
    };
    statusesOfDeployment(github, deployment.id).unshift(status);
    return created(status);
}
