/** A mirror that a node asks before the registry itself. */
export interface Mirror {
    readonly url: string;
    readonly capabilities: readonly ("pull" | "resolve" | "push")[];
    /** Absolute path on the node of the certificates that its own is checked against. */
    readonly ca?: string | undefined;
    /** Take any certificate. */
    readonly skipVerify?: boolean | undefined;
}

export interface HostsFile {
    /** The registry itself, asked after all mirrors. @default what containerd takes it for by its name */
    readonly server?: string | undefined;
    /** In the order in which they are asked. */
    readonly mirrors: readonly Mirror[];
}

/**
 * A `hosts.toml` of containerd, which it reads at every pull.
 *
 * Strings are those of JSON, which TOML reads alike: what is in them has no character that the two would write in another way.
 */
export function hostsToml({ server, mirrors }: HostsFile): string {
    return [
        "# Written by cicd-pipeline (cicd:nodes); an edit here is drift.",
        ...(server === undefined ? [] : [`server = ${JSON.stringify(server)}`]),
        ...mirrors.flatMap(({ url, capabilities, ca, skipVerify }) => [
            "",
            `[host.${JSON.stringify(url)}]`,
            `  capabilities = [${capabilities.map((each) => JSON.stringify(each)).join(", ")}]`,
            ...(ca === undefined ? [] : [`  ca = ${JSON.stringify(ca)}`]),
            ...(skipVerify ? ["  skip_verify = true"] : []),
        ]),
        "",
    ].join("\n");
}
