import * as pulumi from "@pulumi/pulumi";

export interface ProviderArgs {
    /** URL of the server, without `/api`; with path prefix if it has one. @default $WOODPECKER_SERVER */
    readonly server?: pulumi.Input<string>;
    /**
     * API token of a user. A token given here lies (encrypted) in the state and grows stale when rotated: prefer the
     * environment. @default $WOODPECKER_TOKEN
     */
    readonly token?: pulumi.Input<string>;
    /** Seconds to wait for one answer; a time-out is not retried. @default 30 */
    readonly requestTimeoutSeconds?: pulumi.Input<number>;
    /** Further tries after a connection error, 429 or 5xx, 0 to 10. @default 4 */
    readonly maxRetries?: pulumi.Input<number>;
}

/** Which server to talk to, and as whom. */
export class Provider extends pulumi.ProviderResource {
    constructor(name: string, args: ProviderArgs = {}, opts?: pulumi.ResourceOptions) {
        const inputs = {
            server: args.server,
            token: args.token === undefined ? undefined : pulumi.secret(args.token),
            requestTimeoutSeconds: asText(args.requestTimeoutSeconds),
            maxRetries: asText(args.maxRetries),
        };
        super("woodpecker", name, inputs, opts);
    }
}

/** The engine hands provider configuration over as text. */
function asText(value: pulumi.Input<number> | undefined): pulumi.Output<string> | undefined {
    return value === undefined ? undefined : pulumi.output(value).apply(String);
}
