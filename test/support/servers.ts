import { Cluster } from "./cluster.js";

/** The servers of the sandbox, as somebody uses them who goes behind the program's back. */

type Json = Record<string, unknown>;

/** @throws outside of the sandbox's environment */
export function environment(name: string): string {
    const value = process.env[name];
    if (value === undefined) {
        throw new Error(`${name} is not set: npm run sandbox -- up; eval "$(npm run -s sandbox -- env)"`);
    }
    return value;
}

async function call(method: string, url: string, headers: Record<string, string>, body?: unknown): Promise<Json> {
    const response = await fetch(url, {
        method,
        headers: { "content-type": "application/json", ...headers },
        body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${new URL(url).pathname}: ${response.status} ${text.slice(0, 200)}`);
    return text.startsWith("{") || text.startsWith("[") ? (JSON.parse(text) as Json) : { text };
}

export const github = {
    api: (method: string, path: string, body?: unknown): Promise<Json> =>
        call(
            method,
            new URL(`api/v3${path}`, environment("GITHUB_BASE_URL")).href,
            { authorization: `Bearer ${environment("GITHUB_TOKEN")}` },
            body,
        ),

    async file(repository: string, path: string): Promise<string> {
        const { content } = await github.api("GET", `/repos/${repository}/contents/${path}`);
        return Buffer.from(String(content), "base64").toString("utf8");
    },

    async writeFile(repository: string, path: string, content: string): Promise<void> {
        const { sha } = await github.api("GET", `/repos/${repository}/contents/${path}`);
        await github.api("PUT", `/repos/${repository}/contents/${path}`, {
            message: `Change ${path} by hand [skip ci]`,
            content: Buffer.from(content).toString("base64"),
            sha,
        });
    },

    /** Requests for which the emulated GitHub has no answer; there must be none. */
    async unhandled(): Promise<unknown[]> {
        const response = await fetch(new URL("_sandbox/unhandled", environment("GITHUB_BASE_URL")));
        return (await response.json()) as unknown[];
    },
};

export const woodpecker = {
    api: (method: string, path: string, body?: unknown): Promise<Json> =>
        call(
            method,
            `${environment("WOODPECKER_SERVER")}/api${path}`,
            { authorization: `Bearer ${environment("WOODPECKER_TOKEN")}` },
            body,
        ),

    async idOf(repository: string): Promise<number> {
        return Number((await woodpecker.api("GET", `/repos/lookup/${repository}`)).id);
    },
};

export const vault = {
    api: (method: string, path: string, body?: unknown): Promise<Json> =>
        call(method, `${environment("VAULT_ADDR")}/v1/${path}`, { "x-vault-token": environment("VAULT_TOKEN") }, body),
};

export const slack = {
    async messages(): Promise<{ readonly text: string }[]> {
        const response = await fetch(`${environment("SLACK_URL")}/_sandbox/messages`);
        return (await response.json()) as { text: string }[];
    },
};

/** What stands on each server, by name: enough to tell whether a `destroy` put everything back. */
export async function listing(): Promise<Record<string, readonly string[]>> {
    const names = (items: unknown, key: string) => ((items ?? []) as Json[]).map((item) => String(item[key])).sort();
    const keysOf = async (path: string) => {
        const { data } = await vault.api("GET", `${path}?list=true`).catch(() => ({ data: { keys: [] } }));
        return ((data as { keys: string[] }).keys ?? []).sort();
    };
    const result: Record<string, readonly string[]> = {};
    for (const repository of ["acme/website", "acme/shop", "acme/travel-blog"]) {
        const { tree } = await github.api("GET", `/repos/${repository}/git/trees/main?recursive=1`);
        result[`github ${repository} files`] = names(tree, "path");
        const { variables } = await github.api("GET", `/repos/${repository}/actions/variables`);
        result[`github ${repository} variables`] = names(variables, "name");
        const { secrets } = await github.api("GET", `/repos/${repository}/actions/secrets`);
        result[`github ${repository} secrets`] = names(secrets, "name");
        const active = await woodpecker.api("GET", `/repos/lookup/${repository}`).then(
            ({ active }) => active === true,
            () => false,
        );
        result[`woodpecker ${repository}`] = active ? ["active"] : [];
    }
    result["vault policies"] = await keysOf("sys/policies/acl");
    result["vault mounts"] = Object.keys((await vault.api("GET", "sys/mounts")).data as Json).sort();
    result["vault auth"] = Object.keys((await vault.api("GET", "sys/auth")).data as Json).sort();
    result["vault roles"] = await keysOf("auth/kubernetes/role");
    const { core, config } = Cluster.ofSandbox();
    const { RbacAuthorizationV1Api } = await import("@kubernetes/client-node");
    const rbac = config.makeApiClient(RbacAuthorizationV1Api);
    for (const namespace of ["website", "shop", "travel-blog", "woodpecker", "monitoring"]) {
        const named = (items: { metadata?: { name?: string } }[]) => items.map((i) => i.metadata?.name ?? "").sort();
        result[`${namespace} ServiceAccounts`] = named((await core.listNamespacedServiceAccount({ namespace })).items);
        result[`${namespace} Roles`] = named((await rbac.listNamespacedRole({ namespace })).items);
        result[`${namespace} RoleBindings`] = named((await rbac.listNamespacedRoleBinding({ namespace })).items);
        result[`${namespace} ConfigMaps`] = named((await core.listNamespacedConfigMap({ namespace })).items);
    }
    return result;
}
