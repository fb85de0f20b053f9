import type { Credentials } from "../../config/credentials.js";
import type { InfraPipelineName, SshHost } from "../../config/infra.js";
import type { VaultValue } from "../../config/primitives.js";
import type { Infra } from "../../config/settings.js";
import type { ManagedFile } from "../github/repositoryContent.js";
import type { PathRule } from "../vault/policy.js";
import { secretNames } from "../woodpecker/deploySteps.js";
import { slackScript } from "../woodpecker/scripts.js";
import {
    askedFor,
    type SecretReference,
    type Step,
    touching,
    type Workflow,
    type WorkflowFilter,
} from "../woodpecker/workflow.js";

/** What a builder works from. */
export interface InfraContext {
    readonly infra: Infra;
    /** Whether to tell Slack. */
    readonly slack: boolean;
    /** Secrets that the whole program reads, below the KV mount. @default none */
    readonly reads?: readonly string[];
}

/** A secret that a workflow names, and where its value comes from. */
export interface InfraSecret {
    readonly name: string;
    readonly source: VaultValue | keyof Credentials;
}

/** One pipeline of the infra repository, with all it needs outside of its file. */
export interface InfraPipeline {
    readonly name: InfraPipelineName;
    readonly workflow: Workflow;
    readonly secrets: readonly InfraSecret[];
    readonly cron?: { readonly name: string; readonly schedule: string };
    /** What its own Vault role may do, for a pipeline that has one. */
    readonly rights?: readonly PathRule[];
    /** What its own ServiceAccount may do in the cluster, beyond logging in to Vault. */
    readonly clusterRules?: readonly ClusterRule[];
    /** A ClusterRole that exists, for what cannot be said in rules beforehand. */
    readonly clusterRole?: string;
    /** Files of the repository besides the workflow's. */
    readonly files?: readonly ManagedFile[];
}

export interface ClusterRule {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly resourceNames?: readonly string[];
    readonly verbs: readonly string[];
}

/** Names of secrets in Woodpecker that several pipelines share. */
export const infraSecretNames = {
    gitCryptKey: "git_crypt_key",
    pushKey: "infra_push_key",
    registryUser: "registry_user",
    registryPassword: "registry_password",
} as const;

/** Account and role of a pipeline that has its own, under one name in Kubernetes and in Vault. */
export const ownIdentity = (pipeline: InfraPipelineName) => `woodpecker-${pipeline}`;

/** A push to the branch that touches one of these paths. */
export function pushOf({ branch }: Infra, ...paths: string[]): WorkflowFilter {
    return { event: "push", branch: [branch], path: touching(...paths) };
}

/** By hand, and only when asked for by name. */
export function byHand(name: InfraPipelineName): WorkflowFilter {
    return { event: "manual", evaluate: askedFor(name) };
}

/** One run after the other. */
export const oneAtATime = (name: string) => ({ limit: 1, group: `infra-${name}` });

/** A clone of this many commits; the forge may be slow, so it is tried again. */
export function clone({ images }: Infra, depth: number): Step[] {
    return [{ name: "clone", image: images.git, settings: { depth, partial: false, attempts: 5, backoff: "10s" } }];
}

type Environment = Readonly<Record<string, string | SecretReference>>;

export interface ScriptStep {
    readonly name: string;
    readonly image: string;
    readonly script: string;
    readonly environment?: Environment;
    readonly serviceAccount?: string;
    /** Memory that is asked for, and the most that is given. */
    readonly memory?: readonly [request: string, limit: string];
}

export function scriptStep({ name, image, script, environment = {}, serviceAccount, memory }: ScriptStep): Step {
    const kubernetes = {
        ...(serviceAccount && { serviceAccountName: serviceAccount }),
        ...(memory && { resources: { requests: { memory: memory[0] }, limits: { memory: memory[1] } } }),
    };
    return {
        name,
        image,
        ...(Object.keys(kubernetes).length > 0 && { backend_options: { kubernetes } }),
        environment,
        commands: [script],
    };
}

/** How a step logs in to Vault. */
export function vaultLogin({ vault }: Infra, role: string): Environment {
    return { VAULT_ADDR: vault.inClusterAddress, VAULT_ROLE: role, VAULT_AUTH_MOUNT: vault.mounts.kubernetesAuth };
}

/** Path of a secret in the API of the KV engine. */
export const kvPath = ({ vault }: Infra, path: string) => `${vault.mounts.kv}/data/${path}`;

export function readRight(infra: Infra, path: string): PathRule {
    return { path: kvPath(infra, path), capabilities: ["read"] };
}

/** How a step reaches a host. */
export function sshAccess({ host, port, user, hostKey }: SshHost, keySecret: string): Environment {
    return {
        SSH_HOST: host,
        SSH_PORT: String(port),
        SSH_USER: user,
        SSH_HOST_KEY: hostKey,
        SSH_KEY: { from_secret: keySecret },
    };
}

/** What a step needs that opens encrypted files and commits to the branch. */
export function gitAccess({ gitCryptKey, push, branch, github }: Infra): {
    readonly environment: Environment;
    readonly secrets: readonly InfraSecret[];
} {
    const { gitCryptKey: cryptName, pushKey } = infraSecretNames;
    return {
        environment: {
            ...(gitCryptKey && { GIT_CRYPT_KEY: { from_secret: cryptName } }),
            ...(push && {
                PUSH_KEY: { from_secret: pushKey },
                PUSH_URL: push.url,
                PUSH_HOST_KEYS: push.knownHosts.map((line) => `${line}\n`).join(""),
            }),
            BRANCH: branch,
            GIT_AUTHOR_NAME: github.commitAuthor.name,
            GIT_AUTHOR_EMAIL: github.commitAuthor.email,
        },
        secrets: [
            ...(gitCryptKey ? [{ name: cryptName, source: gitCryptKey }] : []),
            ...(push ? [{ name: pushKey, source: push.key }] : []),
        ],
    };
}

/**
 * Steps that tell Slack of a failure, and of success where somebody waits for it.
 *
 * @param toldFile in the workspace; they say nothing where a step before has left it
 */
export function notify(
    { infra, slack }: InfraContext,
    name: InfraPipelineName,
    outcomes: readonly ("success" | "failure")[] = ["failure"],
    toldFile?: string,
): Step[] {
    if (!slack) return [];
    return outcomes.map((status) => ({
        name: `notify-${status}`,
        image: infra.images.slack,
        when: [{ status: [status] }],
        // An outage of Slack must not turn a pipeline red.
        failure: "ignore",
        environment: {
            APP: name,
            OUTCOME: status === "success" ? "done" : "broken",
            ...(toldFile && { TOLD_FILE: toldFile }),
            SLACK_WEBHOOK: { from_secret: secretNames.slackWebhook },
        },
        commands: [slackScript],
    }));
}

/** The secret of `notify`. */
export const slackSecret = ({ slack }: InfraContext): InfraSecret[] =>
    slack ? [{ name: secretNames.slackWebhook, source: "slackWebhook" }] : [];
