import { KubernetesObjectApi, PatchStrategy, RbacAuthorizationV1Api, type V1Secret } from "@kubernetes/client-node";
import { isReady } from "../../cli/doctor/checks/credentialSync.js";
import { DOCKER_CONFIG, dockerConfig } from "../../components/kyverno/dockerConfig.js";
import { POLICY_KINDS, type PolicyKind, policyName } from "../../components/kyverno/names.js";
import { type SpreadInput, spreadPolicy } from "../../components/kyverno/policies.js";
import { spreadRights } from "../../components/kyverno/rights.js";
import type { Cluster } from "./cluster.js";
import { waitFor } from "./waitFor.js";

/** Kyverno works through the namespaces of a policy one by one; on a busy machine each takes a second or two. */
const patience = 60;

/** A Secret that Kyverno spreads in the sandbox's cluster: source, rights and policy as the program declares them. */
export class Spread {
    readonly #objects: KubernetesObjectApi;

    constructor(
        private readonly cluster: Cluster,
        private readonly input: SpreadInput,
    ) {
        this.#objects = KubernetesObjectApi.makeApiClient(cluster.config);
    }

    get policy(): string {
        return policyName(this.input.secretName);
    }

    async apply(object: object): Promise<void> {
        await this.#objects.patch(object, undefined, undefined, "test", true, PatchStrategy.ServerSideApply);
    }

    /** The source with a password; a changed one is a rotation. */
    async setPassword(host: string, username: string, password: string): Promise<void> {
        await this.apply({
            apiVersion: "v1",
            kind: "Secret",
            metadata: { namespace: this.input.sourceNamespace, name: this.input.secretName },
            type: DOCKER_CONFIG.type,
            data: { [DOCKER_CONFIG.key]: base64(dockerConfig([{ hosts: [host], username, password }])) },
        });
    }

    /** @param changes of what the stack file says */
    async declare(kind: PolicyKind, changes: Partial<SpreadInput> = {}): Promise<void> {
        for (const { controller, labels, rules } of spreadRights(kind)) {
            const metadata = { name: `${this.policy}-${controller}`, labels };
            await this.apply({ apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata, rules });
        }
        // The rights take a moment to reach the controllers.
        await waitFor(`Kyverno to take the ${kind}`, () =>
            this.apply(spreadPolicy(kind, { ...this.input, ...changes })),
        );
        // Before that it is not asked about new namespaces.
        await waitFor(`the ${kind} to be ready`, async () => {
            const { status } = (await this.#objects.read({
                apiVersion: POLICY_KINDS[kind],
                kind,
                metadata: { name: this.policy },
            })) as { status?: unknown };
            if (!isReady(status)) throw new Error(JSON.stringify(status));
        });
    }

    async copyIn(namespace: string): Promise<V1Secret> {
        return this.cluster.core.readNamespacedSecret({ namespace, name: this.input.secretName });
    }

    /** Waits until the copy in each namespace has this password. */
    async reaches(password: string, ...namespaces: readonly string[]): Promise<void> {
        for (const namespace of namespaces) {
            await waitFor(
                `${password} in ${namespace}`,
                async () => {
                    const text = Buffer.from((await this.copyIn(namespace)).data?.[DOCKER_CONFIG.key] ?? "", "base64");
                    const found = Object.values(
                        JSON.parse(text.toString()).auths as Record<string, { password: string }>,
                    );
                    if (found[0]?.password !== password) throw new Error("another password");
                },
                patience,
            );
        }
    }

    /** Of the copies: one that was made again has another. */
    async identities(...namespaces: readonly string[]): Promise<(string | undefined)[]> {
        return Promise.all(namespaces.map(async (namespace) => (await this.copyIn(namespace)).metadata?.uid));
    }

    async deletePolicy(kind: PolicyKind): Promise<void> {
        await this.#objects.delete({ apiVersion: POLICY_KINDS[kind], kind, metadata: { name: this.policy } });
    }

    /** Policies, rights, source and every copy. */
    async remove(): Promise<void> {
        const { core } = this.cluster;
        for (const kind of Object.keys(POLICY_KINDS) as PolicyKind[]) await this.deletePolicy(kind).catch(() => {});
        const rbac = this.cluster.config.makeApiClient(RbacAuthorizationV1Api);
        for (const { controller } of spreadRights("ClusterPolicy"))
            await rbac.deleteClusterRole({ name: `${this.policy}-${controller}` }).catch(() => {});
        await core.deleteNamespace({ name: this.input.sourceNamespace }).catch(() => {});
        const fieldSelector = `metadata.name=${this.input.secretName}`;
        for (const { metadata } of (await core.listSecretForAllNamespaces({ fieldSelector })).items)
            await core
                .deleteNamespacedSecret({ namespace: metadata?.namespace ?? "", name: this.input.secretName })
                .catch(() => {});
    }
}

const base64 = (text: string) => Buffer.from(text).toString("base64");
