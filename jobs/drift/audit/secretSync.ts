import { placeName, nameOf as secretName, targetOf } from "../../secret-sync/apply.js";
import { syncSettings } from "../../secret-sync/settings.js";
import { problemsOf, runSync } from "../../secret-sync/sync.js";
import { type FindingKind, finding } from "../finding.js";
import type { StateResource } from "../state.js";
import { type Audited, type Auditor, nothing } from "./auditor.js";

const CRON_JOB = "kubernetes:batch/v1:CronJob";
const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";
const LABEL = "app.kubernetes.io/name";
const NAME = "secret-sync";

const kinds: Readonly<Record<string, FindingKind>> = { create: "missing", prune: "extra" };

/** How this run reaches the servers that the sync copies between. */
export interface SyncAccess {
    readonly vaultAddress: string;
    readonly vaultToken: string;
    readonly woodpeckerServer: string;
    readonly woodpeckerToken: string;
    readonly deadlineSeconds: number;
}

/** Asks the secret sync what it would change: what it copied carries a fingerprint of the value in Vault. */
export function secretSyncAuditor(stack: string, state: readonly StateResource[], access: () => SyncAccess): Auditor {
    return {
        system: "secret sync",
        async audit(): Promise<Audited> {
            const cronJob = labelled(state, CRON_JOB);
            const mapping = mappingOf(labelled(state, CONFIG_MAP));
            if (!cronJob || mapping === undefined) return nothing;
            const { vaultAddress, vaultToken, woodpeckerServer, woodpeckerToken, deadlineSeconds } = access();
            const declared = environmentOf(cronJob);
            const settings = syncSettings([], {
                VAULT_KV_MOUNT: declared.VAULT_KV_MOUNT,
                INSTANCE: declared.INSTANCE,
                PRUNE_LIMIT: declared.PRUNE_LIMIT,
                FINGERPRINT_KEY_PATH: declared.FINGERPRINT_KEY_PATH,
                MAPPING: mapping,
                MODE: "plan",
                VAULT_ADDR: vaultAddress,
                VAULT_TOKEN: vaultToken,
                WOODPECKER_SERVER: woodpeckerServer,
                WOODPECKER_TOKEN: woodpeckerToken,
                DEADLINE_SECONDS: String(deadlineSeconds),
            });
            const run = await runSync(settings);
            const base = { resource: cronJob.urn, type: CRON_JOB };
            const failures = [run.error, run.plan?.refusal].filter((words) => words !== undefined);
            const stale = (kind: FindingKind, place: string, reason: string) =>
                finding({
                    stack,
                    kind,
                    cause: "stale",
                    resource: `woodpecker secret ${place}`,
                    type: "woodpecker:index:Secret",
                    name: `synced secret ${place}`,
                    seenBy: "audit",
                    differences: [{ path: "", live: reason }],
                    accept: "put the value where the sync takes it from",
                    mend: syncCommand(cronJob),
                });
            return {
                looked: 1 + (run.plan?.unchanged ?? 0),
                unreadable: failures.map((reason) => ({ ...base, name: NAME, reason })),
                findings: [
                    ...(run.plan?.steps ?? []).map((step) => {
                        const place = placeName({ target: targetOf(step), name: secretName(step) });
                        return stale(kinds[step.action] ?? "changed", place, step.reason);
                    }),
                    // What the sync refuses stays as it is until somebody decides.
                    ...problemsOf(run).map((problem) => stale("changed", placeName(problem), problem.reason)),
                ],
            };
        },
    };
}

function labelled(state: readonly StateResource[], type: string): StateResource | undefined {
    return state.find((each) => {
        const metadata = each.inputs.metadata as { name?: string; labels?: Record<string, string> } | undefined;
        return each.type === type && metadata?.labels?.[LABEL] === NAME && metadata.name === NAME;
    });
}

function mappingOf(files: StateResource | undefined): string | undefined {
    const data = files?.inputs.data as Record<string, unknown> | undefined;
    const text = data?.["mapping.json"];
    return typeof text === "string" ? text : undefined;
}

interface CronJobSpec {
    readonly jobTemplate?: {
        readonly spec?: { readonly template?: { readonly spec?: { readonly containers?: readonly Container[] } } };
    };
}

interface Container {
    readonly env?: readonly { readonly name: string; readonly value?: string }[];
}

function environmentOf({ inputs }: StateResource): Readonly<Record<string, string | undefined>> {
    const spec = inputs.spec as CronJobSpec | undefined;
    const [container] = spec?.jobTemplate?.spec?.template?.spec?.containers ?? [];
    return Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value]));
}

function syncCommand({ inputs }: StateResource): string {
    const { namespace, name } = inputs.metadata as { namespace?: string; name?: string };
    return `kubectl -n ${namespace} create job --from=cronjob/${name} ${name}-now`;
}
