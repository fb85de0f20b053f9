import { z } from "zod";
import { defaultMapping, mapping, pathsOf } from "../jobs/secret-sync/mapping.js";
import { OWNER } from "../jobs/secret-sync/note.js";
import { certificate, jobAlerts, seconds } from "./job.js";
import { nameServer, peer } from "./networkPolicy.js";
import { dnsLabel, serverUrl, type VaultValue, vaultValue } from "./primitives.js";
import { cronSchedule } from "./schedules.js";
import type { Blocks } from "./schema.js";
import { tooSoonStale } from "./stale.js";

const networkPolicy = z.strictObject({
    vault: peer,
    woodpecker: peer,
    pushgateway: peer.optional(),
    /** Where the cluster's name server is. */
    dns: nameServer,
});

const neitherNumberNorShare = 'is neither a number nor a share such as "25%"';

/** `cicd:secretSync`: the CronJob that copies secrets from Vault to Woodpecker. */
export const secretSync = z
    .strictObject({
        /** What goes where; every key of `ci/global` to the global secrets when left out. */
        mapping: mapping.prefault(defaultMapping),
        /** Token of a Woodpecker administrator. Not among what is copied: whoever reads that would be one too. */
        woodpeckerToken: vaultValue.default({ path: "ci/secret-sync", key: "woodpecker-token" }),
        /** Key of the fingerprints by which changed values are told: any text of at least 16 characters. */
        fingerprintKey: vaultValue.default({ path: "ci/secret-sync", key: "fingerprint-key" }),
        /** Most secrets one run removes: a number, or a share such as `25%` of those it owns. */
        pruneLimit: z
            .union([z.int().min(0), z.string().regex(/^(\d{1,2}|100)%$/, neitherNumberNorShare)], neitherNumberNorShare)
            .default(10),
        /** Who owns what is written; another stack on the same Woodpecker needs another name. */
        instance: z.string().regex(OWNER, "is not 1 to 40 letters, digits, - . or _").default("vault"),
        /** Namespace of the CronJob; that of Woodpecker when left out. */
        namespace: dnsLabel.optional(),
        /** Declare the namespace too; it goes away, with all that is in it, when the sync does. */
        createNamespace: z.boolean().default(false),
        schedule: cronSchedule.default("0 */6 * * *"),
        /** Time for one run. Its Vault token ends a minute later, and within half an hour. */
        deadlineSeconds: seconds(30, 1740).default(300),
        /** Without it the sync speaks through its log alone. */
        pushgatewayUrl: serverUrl.optional(),
        /** PEM certificate of a private CA of Vault or Woodpecker. */
        ca: certificate.optional(),
        /** Audience of the token that the pod logs in to Vault with, and of nothing else. */
        audience: z.string().min(1).default("vault-secret-sync"),
        /** Lets the pod reach these and nothing else; without it no NetworkPolicy is declared. */
        networkPolicy: networkPolicy.optional(),
        /**
         * Without it no alert is declared. `staleAfterSeconds` left out is 46800, or the longest pause of the schedule, the
         * deadline and half an hour, where that is more.
         */
        alerts: jobAlerts.optional(),
    })
    .superRefine((block, context) => {
        for (const name of ["woodpeckerToken", "fingerprintKey"] as const) {
            if (!pathsOf(block.mapping).includes(block[name].path)) continue;
            const message = "is copied by the mapping; keep it on a path of its own";
            context.addIssue({ code: "custom", path: [name, "path"], message });
        }
        if (block.networkPolicy && block.pushgatewayUrl && !block.networkPolicy.pushgateway) {
            const message = "does not say where the Pushgateway is, though pushgatewayUrl is set";
            context.addIssue({ code: "custom", path: ["networkPolicy"], message });
        }
        const keys = { schedule: "cicd:secretSync.schedule", deadline: "deadlineSeconds" };
        const message = tooSoonStale(block, keys, block.deadlineSeconds);
        if (message) context.addIssue({ code: "custom", path: ["alerts", "staleAfterSeconds"], message });
    });

export type SecretSyncBlock = z.infer<typeof secretSync>;

/** What the sync itself needs of Vault besides what it copies. */
export function ownSources({ woodpeckerToken, fingerprintKey }: SecretSyncBlock): VaultValue[] {
    return [woodpeckerToken, fingerprintKey];
}

/** Blocks without which there is nothing to copy between. */
export function secretSyncReferences(blocks: Blocks, broken: ReadonlySet<string>): string[] {
    if (!blocks.secretSync) return [];
    return (["vault", "woodpecker"] as const)
        .filter((block) => !blocks[block] && !broken.has(block))
        .map((block) => `cicd:secretSync: needs cicd:${block}, which is switched off`);
}
