import { instanceOf } from "../../../config/integrityProbe.js";
import { staleAfterSeconds } from "../../../config/stale.js";
import { makeCheck } from "../check.js";
import { broken, type Finding } from "../finding.js";
import { series, walksOf } from "../pushed.js";
import type { PushedGroup } from "../world.js";

interface Facts {
    readonly instance: string;
    /** Of the probe, one a shard. */
    readonly groups: readonly PushedGroup[];
    readonly staleAfterSeconds: number;
    /** How to start a run. */
    readonly run: string;
    /** Seconds since the epoch. */
    readonly now: number;
}

const PREFIX = "registry_manifest_integrity";

export const registryIntegrity = makeCheck({
    name: "registry-integrity",
    proves: "the last walk through the registry found every image whole",
    applies: ({ integrityProbe }) => integrityProbe?.pushgatewayUrl !== undefined,
    read: async (world): Promise<Facts> => {
        const probe = world.settings.integrityProbe;
        const pushed = await world.pushgateway(probe?.pushgatewayUrl ?? "");
        return {
            instance: probe ? instanceOf(probe) : "",
            groups: walksOf(probe, pushed),
            staleAfterSeconds: probe ? staleAfterSeconds("integrityProbe", probe) : 0,
            run: `kubectl -n ${probe?.namespace} create job --from=cronjob/registry-integrity-probe probe-by-hand`,
            now: Date.now() / 1000,
        };
    },
    judge: ({ instance, groups, staleAfterSeconds, run, now }: Facts) => {
        const subject = `registry ${instance}`;
        const looked = [subject];
        const runbook = "see docs/runbooks/registry-integrity.md";
        const brokenImages = groups.flatMap((group) => series(group, `${PREFIX}_failure_info`));
        const findings: Finding[] = brokenImages.map(({ labels }) =>
            broken(`${labels.repository}:${labels.tag}`, `${labels.class} ${labels.digest}`.trim(), runbook),
        );
        const inaccessible = groups.some((group) => series(group, `${PREFIX}_catalog_accessible`)[0]?.value === 0);
        if (inaccessible) findings.push(broken(subject, "its repositories cannot be listed", runbook));
        const last = Math.min(
            ...groups.flatMap((group) => series(group, `${PREFIX}_last_run_timestamp`).map(({ value }) => value)),
        );
        if (!Number.isFinite(last)) findings.push(broken(subject, "there are no metrics of a walk", run));
        else if (now - last > staleAfterSeconds) {
            findings.push(broken(subject, `was last walked ${Math.round((now - last) / 60)} minutes ago`, run));
        }
        return { looked, findings };
    },
});
