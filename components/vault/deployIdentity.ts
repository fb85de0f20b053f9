import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";
import { deployerAccount, deployRole } from "./names.js";
import type { PathRule } from "./policy.js";

export interface ServiceAccountName {
    readonly name: string;
    readonly namespace: string;
}

export interface DeployIdentityArgs {
    /** The application. */
    readonly app: string;
    /** Its Deployments; plain, for their namespaces decide how many objects there are. */
    readonly deployments: readonly { readonly namespace: string; readonly deployment: string }[];
    /** Mount of Vault's Kubernetes secrets engine, without slashes at the ends. */
    readonly mount: string;
    /** The same mount, known once it is there. */
    readonly backend: pulumi.Input<string>;
    /** ServiceAccount of Vault itself, which mints the tokens. */
    readonly vaultServiceAccount: ServiceAccountName;
}

/**
 * The right to deploy one application: a ServiceAccount per namespace that may patch its Deployments and look at pods, and a
 * Vault role that mints ten-minute tokens for it.
 *
 * Ten minutes is the API server's floor; revoking the Vault lease does not end a minted token.
 */
export class DeployIdentity extends pulumi.ComponentResource {
    /** What a Vault policy must hold for its bearer to deploy this application. */
    readonly grant: PathRule;

    constructor(name: string, args: DeployIdentityArgs, opts?: pulumi.ComponentResourceOptions) {
        super("cicd:vault:DeployIdentity", name, {}, opts);
        const parent = { parent: this };
        const role = deployRole(args.app);
        this.grant = { path: `${args.mount}/creds/${role}`, capabilities: ["update"] };

        const namespaces = [...new Set(args.deployments.map((d) => d.namespace))];
        const deployers = namespaces.map((namespace) => {
            const deployments = new Set(
                args.deployments.filter((d) => d.namespace === namespace).map((d) => d.deployment),
            );
            return new NamespaceDeployer(
                `${name}-${namespace}`,
                { ...args, namespace, deployments: [...deployments].sort() },
                parent,
            );
        });
        new vault.kubernetes.SecretBackendRole(
            `${name}-role`,
            {
                backend: args.backend,
                name: role,
                allowedKubernetesNamespaces: namespaces,
                serviceAccountName: deployerAccount(args.app),
                tokenDefaultTtl: 600,
                tokenMaxTtl: 600,
            },
            { ...parent, dependsOn: deployers },
        );

        this.registerOutputs({ grant: this.grant });
    }
}

interface NamespaceDeployerArgs {
    readonly app: string;
    readonly namespace: string;
    readonly deployments: readonly string[];
    readonly vaultServiceAccount: ServiceAccountName;
}

/** The Kubernetes half of a deploy identity, in one namespace. */
class NamespaceDeployer extends pulumi.ComponentResource {
    constructor(name: string, args: NamespaceDeployerArgs, opts: pulumi.ComponentResourceOptions) {
        super("cicd:vault:NamespaceDeployer", name, {}, opts);
        const parent = { parent: this };
        const metadata = { name: deployerAccount(args.app), namespace: args.namespace };
        const mintMetadata = { ...metadata, name: `${metadata.name}-mint` };

        const account = new k8s.core.v1.ServiceAccount(
            `${name}-account`,
            { metadata, automountServiceAccountToken: false },
            parent,
        );
        bind(`${name}-deploy`, metadata, deployRules(args.deployments), metadata, parent);
        bind(`${name}-mint`, mintMetadata, mintRules(metadata.name), args.vaultServiceAccount, parent);

        this.registerOutputs({ account: account.metadata.name });
    }
}

type Rules = k8s.types.input.rbac.v1.PolicyRule[];

const deployRules = (deployments: readonly string[]): Rules => [
    { apiGroups: ["apps"], resources: ["deployments"], resourceNames: [...deployments], verbs: ["get", "patch"] },
    // To say why a rollout does not end: a pod knows that its image cannot be pulled.
    { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] },
];

const mintRules = (account: string): Rules => [
    { apiGroups: [""], resources: ["serviceaccounts/token"], resourceNames: [account], verbs: ["create"] },
];

function bind(
    name: string,
    metadata: ServiceAccountName,
    rules: Rules,
    subject: ServiceAccountName,
    opts: pulumi.CustomResourceOptions,
): void {
    const role = new k8s.rbac.v1.Role(`${name}-role`, { metadata, rules }, opts);
    new k8s.rbac.v1.RoleBinding(
        `${name}-binding`,
        {
            metadata,
            roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
            subjects: [{ kind: "ServiceAccount", name: subject.name, namespace: subject.namespace }],
        },
        opts,
    );
}
