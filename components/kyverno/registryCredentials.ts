import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { CredentialSyncBlock } from "../../config/credentialSync.js";
import { PlainError } from "../../jobs/lib/errors.js";
import { keptBy } from "../adoption/kept.js";
import type { Credentials } from "../vault/credentials.js";
import { DOCKER_CONFIG, dockerConfig } from "./dockerConfig.js";
import { policyName } from "./names.js";
import { excluded, FIXED_FIELDS, spreadPolicy } from "./policies.js";
import { retryWhileNotReady } from "./readiness.js";
import { spreadRights } from "./rights.js";
import { untilTakenOver } from "./takeOver.js";

export interface RegistryCredentialsArgs {
    readonly sync: CredentialSyncBlock;
    readonly credentials: Pick<Credentials, "value">;
}

/**
 * The registries' credential in every namespace: one source, and the policy by which Kyverno copies it.
 *
 * Kyverno deletes every copy when the source is deleted. So the source and its namespace are never deleted by this program; when the
 * block is withdrawn, they stay, and so do the copies; a later `up` of the same stack goes on with them.
 */
export class RegistryCredentials extends pulumi.ComponentResource {
    /** The source, `namespace/name`. */
    readonly source: pulumi.Output<string>;

    constructor(name: string, args: RegistryCredentialsArgs, opts?: pulumi.ComponentResourceOptions) {
        super("cicd:kyverno:RegistryCredentials", name, {}, opts);
        const { sync } = args;
        const parent = { parent: this };
        const annotations = keptBy(pulumi.getStack());

        const namespace = new k8s.core.v1.Namespace(
            `${name}-namespace`,
            { metadata: { name: sync.sourceNamespace, annotations } },
            { ...parent, retainOnDelete: true },
        );
        const source = new k8s.core.v1.Secret(
            `${name}-source`,
            {
                metadata: { name: sync.secretName, namespace: sync.sourceNamespace, annotations },
                type: DOCKER_CONFIG.type,
                stringData: { [DOCKER_CONFIG.key]: dockerConfigOf(args) },
            },
            { ...parent, dependsOn: [namespace], retainOnDelete: true },
        );
        const roles = spreadRights(sync.api).map(
            ({ controller, labels, rules }) =>
                new k8s.rbac.v1.ClusterRole(
                    `${name}-${controller}`,
                    {
                        metadata: { name: `${policyName(sync.secretName)}-${controller}`, labels },
                        rules: rules.map((rule) => ({
                            apiGroups: [...rule.apiGroups],
                            resources: [...rule.resources],
                            verbs: [...rule.verbs],
                        })),
                    },
                    parent,
                ),
        );
        const { metadata, ...policy } = spreadPolicy(sync.api, sync);
        new k8s.apiextensions.CustomResource(
            `${name}-policy`,
            {
                ...policy,
                metadata: { ...metadata, annotations: { [RIGHTS]: pulumi.all(roles.map(idOf)).apply(list) } },
            },
            {
                ...parent,
                dependsOn: [source, ...roles],
                deleteBeforeReplace: true,
                replaceOnChanges: [...FIXED_FIELDS],
                hooks: { onError: [retryWhileNotReady()], afterCreate: [takeOver(sync)] },
            },
        );

        this.source = pulumi.interpolate`${source.metadata.namespace}/${source.metadata.name}`;
        this.registerOutputs({ source: this.source });
    }
}

/**
 * Which ClusterRoles the policy was made with. Ids are known only once the roles are there (their other outputs are guessed by a
 * dry run), so that a preview does not try a policy that Kyverno refuses for want of the rights which the update gives it.
 */
const RIGHTS = "cicd/rights";
const idOf = ({ id }: k8s.rbac.v1.ClusterRole) => id;
const list = (ids: readonly string[]) => ids.join(" ");

/** The engine makes a warning of what it throws: the policy is there, and its copies hold until the next rotation. */
function takeOver(sync: CredentialSyncBlock): pulumi.ResourceHook {
    return new pulumi.ResourceHook("take-over-copies", async () => {
        const { KubernetesObjects } = await import("../adoption/kubernetesObjects.js");
        const [kind, name] = [sync.api, policyName(sync.secretName)];
        const left = await untilTakenOver(new KubernetesObjects(), { kind, name, excluded: excluded(sync) });
        if (left.length === 0) return;
        throw new PlainError(
            `${kind} ${name} does not renew the copies in ${left.join(", ")}; ask: npm run -s cicd -- doctor`,
        );
    });
}

function dockerConfigOf({ sync, credentials }: RegistryCredentialsArgs): pulumi.Output<string> {
    const logins = sync.registries.map(({ hosts, username, password }) =>
        pulumi
            .all([credentials.value(username), credentials.value(password)])
            .apply(([name, word]) => ({ hosts, username: name, password: word })),
    );
    return pulumi.secret(pulumi.all(logins).apply((all) => dockerConfig(all)));
}
