import { parse } from "yaml";

/** What a step knows of itself and its server; the agent sets all of it. */
export interface RunningStep {
    /** Of the server, without a slash at its end. */
    readonly serverUrl: string;
    /** `owner/name`. */
    readonly repository: string;
    readonly pipeline: string;
    readonly workflow: string;
    readonly step: string;
}

interface ConfigFile {
    readonly name: string;
    /** Base64. */
    readonly data: string;
}

type StepDefinition = {
    readonly name?: string;
    readonly backend_options?: { readonly kubernetes?: { readonly serviceAccountName?: string } };
};

/**
 * The ServiceAccount that the step's workflow file asks for; `undefined` where it names none.
 *
 * The local backend passes nothing of `backend_options` on, so the file is read back from the server.
 *
 * @param token may read the repository's pipelines
 */
export async function serviceAccountOf(running: RunningStep, token: string): Promise<string | undefined> {
    const api = `${running.serverUrl}/api/repos`;
    const { id } = await get<{ id: number }>(`${api}/lookup/${running.repository}`, token);
    const files = await get<readonly ConfigFile[]>(`${api}/${id}/pipelines/${running.pipeline}/config`, token);
    const file = files.find(({ name }) => workflowName(name) === running.workflow);
    if (file === undefined) return undefined;
    return serviceAccountIn(Buffer.from(file.data, "base64").toString(), running.step);
}

/** Steps are a list of named ones, or a map from their names. */
export function serviceAccountIn(workflowFile: string, step: string): string | undefined {
    const { steps } = parse(workflowFile) as { steps?: StepDefinition[] | Record<string, StepDefinition> };
    const definition = Array.isArray(steps) ? steps.find(({ name }) => name === step) : steps?.[step];
    return definition?.backend_options?.kubernetes?.serviceAccountName;
}

/** `.woodpecker/deploy.yml` is the workflow `deploy`. */
function workflowName(path: string): string {
    return (path.split("/").at(-1) ?? path).replace(/\.ya?ml$/, "").replace(/^\./, "");
}

async function get<T>(url: string, token: string): Promise<T> {
    const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    if (!response.ok) throw new Error(`GET ${url}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
}
