import type { V1CronJob, V1Job } from "@kubernetes/client-node";
import { PROBE_NAME } from "../../../components/monitoring/cronJob.js";
import { SYNC_NAME } from "../../../components/woodpecker/syncCronJob.js";
import { staleAfterSeconds } from "../../../config/stale.js";
import { makeCheck } from "../check.js";
import { broken, type Finding, warning } from "../finding.js";

interface Facts {
    readonly up: string;
    readonly cronJobs: readonly {
        readonly namespace: string;
        readonly name: string;
        readonly staleAfterSeconds: number;
        readonly found?: V1CronJob | undefined;
        /** Of the CronJob, newest first. */
        readonly jobs: readonly V1Job[];
    }[];
    readonly now: number;
}

export const cronJobs = makeCheck({
    name: "cron-jobs",
    proves: "the programs in the cluster run, and lately succeeded",
    applies: ({ integrityProbe, secretSync }) => (integrityProbe ?? secretSync) !== undefined,
    read: async (world): Promise<Facts> => {
        const cluster = await world.kubernetes();
        const { integrityProbe: probe, secretSync: sync } = world.settings;
        const wanted = [
            ...(probe ? [{ ...probe, name: PROBE_NAME, stale: staleAfterSeconds("integrityProbe", probe) }] : []),
            ...(sync ? [{ ...sync, name: SYNC_NAME, stale: staleAfterSeconds("secretSync", sync) }] : []),
        ];
        return {
            up: world.up,
            cronJobs: await Promise.all(
                wanted.map(async ({ namespace, name, stale }) => {
                    const what = `CronJob ${namespace}/${name}`;
                    const found = await cluster.find(what, () =>
                        cluster.batch.readNamespacedCronJob({ namespace, name }),
                    );
                    const list = await cluster.ask(what, () => cluster.batch.listNamespacedJob({ namespace }));
                    const own = list.items.filter(({ metadata }) =>
                        metadata?.ownerReferences?.some(({ uid }) => uid === found?.metadata?.uid),
                    );
                    const jobs = own.sort((a, b) => startOf(b) - startOf(a));
                    return { namespace, name, staleAfterSeconds: stale, found, jobs };
                }),
            ),
            now: Date.now(),
        };
    },
    judge: ({ up, cronJobs, now }: Facts) => ({
        looked: cronJobs.map(({ namespace, name }) => `${namespace}/${name}`),
        findings: cronJobs.flatMap(({ namespace, name, staleAfterSeconds, found, jobs }): Finding[] => {
            const subject = `CronJob ${namespace}/${name}`;
            if (!found) return [broken(subject, "does not exist", up)];
            const resume = `kubectl -n ${namespace} patch cronjob ${name} -p '{"spec":{"suspend":false}}'`;
            if (found.spec?.suspend) return [broken(subject, "is suspended", resume)];
            const ended = jobs.find(({ status }) =>
                status?.conditions?.some(({ type }) => type === "Failed" || type === "Complete"),
            );
            const failure = ended?.status?.conditions?.find(({ type }) => type === "Failed");
            if (failure) {
                const job = ended?.metadata?.name;
                const words = `its last run failed (${failure.reason}): ${failure.message}`;
                return [broken(subject, words, `kubectl -n ${namespace} logs job/${job}`)];
            }
            const since = found.status?.lastSuccessfulTime ?? found.metadata?.creationTimestamp;
            const age = since ? (now - new Date(since).getTime()) / 1000 : 0;
            if (age < staleAfterSeconds) return [];
            const hours = Math.round(age / 3600);
            const words = `no run has succeeded for ${hours} h`;
            return [warning(subject, words, `kubectl -n ${namespace} describe cronjob ${name}`)];
        }),
    }),
});

function startOf({ status, metadata }: V1Job): number {
    const time = status?.startTime ?? metadata?.creationTimestamp;
    return time ? new Date(time).getTime() : 0;
}
