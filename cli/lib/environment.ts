import * as z from "zod";
import { type Environment, readEnvironment } from "../../jobs/lib/environment.js";

const text = z.string().optional();
const secret = z.string().optional().meta({ secret: true });

/** Everything the commands take from their environment; what it is for says `--help` of the program. */
const fields = {
    /** The stack, where no option says so; pulumi reads both. */
    PULUMI_STACK: text,
    PULUMI_OPTION_STACK: text,
    /** Another stack file than Pulumi.<stack>.yaml. */
    PULUMI_OPTION_CONFIG_FILE: text,
    VAULT_TOKEN: secret,
    WOODPECKER_TOKEN: secret,
    GITHUB_TOKEN: secret,
};

export type OperatorEnvironment = ReturnType<typeof operatorEnvironment>;

/** KUBECONFIG is read by the Kubernetes client itself. @throws UsageError */
export function operatorEnvironment(environment: Environment = process.env) {
    return readEnvironment(fields, environment);
}
