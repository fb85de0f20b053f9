import { infraPipelines } from "../../../components/infra/pipelines.js";
import { makeCheck } from "../check.js";
import { broken, type Finding } from "../finding.js";

interface Cron {
    readonly id: number;
    readonly name: string;
    readonly schedule: string;
    readonly enabled: boolean;
    /** Seconds since the epoch. */
    readonly next_exec: number;
}

interface Run {
    readonly number: number;
    readonly status: string;
    readonly cron?: string;
}

interface Facts {
    readonly up: string;
    /** Of the repository in Woodpecker. */
    readonly page: string;
    readonly repository: string;
    readonly wanted: readonly { readonly name: string; readonly schedule: string }[];
    readonly crons: readonly Cron[];
    /** Newest first. */
    readonly runs: readonly Run[];
    /** Seconds since the epoch. */
    readonly now: number;
}

/** The server looks for what is due once a minute. */
const LATE_SECONDS = 600;
const UNDER_WAY = ["pending", "running", "created", "started", "blocked"];

export const woodpeckerCrons = makeCheck({
    name: "woodpecker-crons",
    proves: "scheduled pipelines are enabled, on time, and ended well",
    applies: ({ infra }) => infra !== undefined,
    read: async (world): Promise<Facts> => {
        const woodpecker = await world.woodpecker();
        const { infra, woodpecker: server } = world.settings;
        const repository = infra?.repository ?? "";
        const wanted = (infra ? infraPipelines({ infra, slack: false }) : []).flatMap(({ cron }) =>
            cron ? [cron] : [],
        );
        const found = await woodpecker.find<{ id: number }>(`repos/lookup/${repository}`);
        const id = found?.id ?? 0;
        const [crons, runs] = found
            ? await Promise.all([
                  woodpecker.pages<Cron>(`repos/${id}/cron?perPage=50`, 50),
                  woodpecker.get<Run[]>(`repos/${id}/pipelines?perPage=50&event=cron`),
              ])
            : [[], []];
        return {
            up: world.up,
            page: `${server?.url}/repos/${id}`,
            repository,
            wanted,
            crons,
            runs,
            now: Date.now() / 1000,
        };
    },
    judge: ({ up, page, repository, wanted, crons, runs, now }: Facts) => ({
        looked: wanted.map(({ name }) => `${repository} ${name}`),
        findings: wanted.flatMap(({ name, schedule }): Finding[] => {
            const subject = `${repository}, cron ${name}`;
            const cron = crons.find((each) => each.name === name);
            if (!cron) return [broken(subject, "does not exist: it never runs", up)];
            if (!cron.enabled) return [broken(subject, "is disabled: it never runs", up)];
            if (cron.schedule !== schedule)
                return [broken(subject, `runs at ${cron.schedule}, not at ${schedule}`, up)];
            if (now - cron.next_exec > LATE_SECONDS) {
                const due = new Date(cron.next_exec * 1000).toISOString();
                return [broken(subject, `was due at ${due} and did not run`, `open ${page}/settings/crons`)];
            }
            const last = runs.find((run) => run.cron === name && !UNDER_WAY.includes(run.status));
            if (!last || last.status === "success") return [];
            return [broken(subject, `its last run ended with ${last.status}`, `open ${page}/pipeline/${last.number}`)];
        }),
    }),
});
