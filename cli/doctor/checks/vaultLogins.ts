import {
    deployerAccount,
    deployRole,
    EXTENSION_ROLE,
    pipelineRole,
    SYNC_ROLE,
} from "../../../components/vault/names.js";
import { EXTENSION_NAME } from "../../../components/woodpecker/extensionDeployment.js";
import { SYNC_NAME } from "../../../components/woodpecker/syncCronJob.js";
import { wordsOf } from "../../../jobs/lib/errors.js";
import type { Kubernetes } from "../../lib/kubernetes.js";
import { makeCheck } from "../check.js";
import { broken } from "../finding.js";
import { Refusal } from "../servers/jsonServer.js";
import type { VaultReader } from "../servers/vaultReader.js";
import type { World } from "../world.js";

/** What became of one login, or of one request with its token. */
interface Attempt {
    readonly subject: string;
    /** Why it was refused. */
    readonly refused?: string;
    readonly mend: string;
}

interface Login {
    readonly role: string;
    readonly namespace: string;
    readonly account: string;
    readonly audience: string;
}

export const vaultLogins = makeCheck({
    name: "vault-logins",
    proves: "deploy steps and the programs that read secrets can log in to Vault, and get tokens of the cluster there",
    applies: ({ vault, delivery, secretSync, secretExtension }) =>
        vault !== undefined && (delivery ?? secretSync ?? secretExtension) !== undefined,
    read: async (world): Promise<Attempt[]> => {
        const [vault, cluster] = await Promise.all([world.vault(), world.kubernetes()]);
        const { secretSync, secretExtension } = world.settings;
        const readers: Login[] = [
            ...(secretSync ? [{ ...secretSync, role: SYNC_ROLE, account: SYNC_NAME }] : []),
            ...(secretExtension ? [{ ...secretExtension, role: EXTENSION_ROLE, account: EXTENSION_NAME }] : []),
        ];
        const attempts = readers.map((login) => attempt(world, vault, cluster, login));
        return [...(await deployLogins(world, vault, cluster)), ...(await Promise.all(attempts)).flat()];
    },
    judge: (attempts: readonly Attempt[]) => ({
        looked: attempts.map(({ subject }) => subject),
        findings: attempts.flatMap(({ subject, refused, mend }) => (refused ? [broken(subject, refused, mend)] : [])),
    }),
});

/** The login of deploy steps, and with its token what each of them asks for. */
async function deployLogins(world: World, vault: VaultReader, cluster: Kubernetes): Promise<Attempt[]> {
    const { delivery } = world.settings;
    if (!delivery) return [];
    const { pipelineNamespace: namespace, deployServiceAccount: account } = delivery.woodpecker;
    const { kubernetes, mounts } = delivery.vault;
    const login = { role: pipelineRole, namespace, account, audience: kubernetes.audience };
    return attempt(world, vault, cluster, login, async (token) => {
        const places = world.apps.flatMap(({ name, deployments }) =>
            [...new Set(deployments.map((d) => d.namespace))].map((inside) => ({ name, inside })),
        );
        return Promise.all(
            places.map(async ({ name, inside }) => {
                const subject = `${deployerAccount(name)} in ${inside}`;
                const path = `${mounts.kubernetesSecrets}/creds/${deployRole(name)}`;
                try {
                    await vault.postAs(token, path, { kubernetes_namespace: inside });
                    return { subject, mend: world.up };
                } catch (error) {
                    return { subject, refused: refusal(error, `no token from ${path}`), mend: world.up };
                }
            }),
        );
    });
}

/** One login as a pod's ServiceAccount; its token is used, and given back. */
async function attempt(
    world: World,
    vault: VaultReader,
    cluster: Kubernetes,
    { role, namespace, account, audience }: Login,
    use: (token: string) => Promise<Attempt[]> = async () => [],
): Promise<Attempt[]> {
    const subject = `role ${role}`;
    const body = { spec: { audiences: [audience], expirationSeconds: 600 } };
    const request = () => cluster.core.createNamespacedServiceAccountToken({ name: account, namespace, body });
    const minted = await cluster.find(`ServiceAccount ${namespace}/${account}`, request);
    if (!minted) {
        return [{ subject, refused: `the ServiceAccount ${namespace}/${account} does not exist`, mend: world.up }];
    }
    try {
        const mount = world.settings.vault?.mounts.kubernetesAuth ?? "kubernetes";
        const token = await vault.loginAs(mount, role, minted.status?.token ?? "");
        const used = await use(token);
        await vault.postAs(token, "auth/token/revoke-self", {});
        return [{ subject, mend: world.up }, ...used];
    } catch (error) {
        return [{ subject, refused: refusal(error, `${namespace}/${account} cannot log in`), mend: world.up }];
    }
}

/** @throws what is no refusal: nobody was asked */
function refusal(error: unknown, what: string): string {
    if (!(error instanceof Refusal)) throw error;
    return `${what}: ${error.status} ${error.words || wordsOf(error)}`;
}
