/** Type of a Secret that pods pull with, and the one key that it has. */
export const DOCKER_CONFIG = { type: "kubernetes.io/dockerconfigjson", key: ".dockerconfigjson" } as const;

export interface RegistryLogin {
    readonly hosts: readonly string[];
    readonly username: string;
    readonly password: string;
}

/** The file in which container engines and kubelets look up logins, by the registry's name. */
export function dockerConfig(logins: readonly RegistryLogin[]): string {
    const auths = logins.flatMap(({ hosts, username, password }) => {
        const auth = Buffer.from(`${username}:${password}`).toString("base64");
        return hosts.map((host) => [host, { username, password, auth }] as const);
    });
    return JSON.stringify({ auths: Object.fromEntries(auths.sort(([a], [b]) => (a < b ? -1 : 1))) });
}
