import { type Budget, WorkEnded } from "../lib/registry/budget.js";
import { asProbeError, ProbeError, type RegistryClient } from "../lib/registry/client.js";
import { listRepositories } from "../lib/registry/listing.js";
import type { Ledger } from "./ledger.js";
import { RepositoryWalk, type WalkContext } from "./repositoryWalk.js";
import { belongsTo, inSample, rotated, type Shard } from "./rotation.js";
import { secondLook } from "./secondLook.js";
import { type Task, WorkPool } from "./workPool.js";

export type BlobMode = "none" | "sample" | "all";

export interface WalkOptions {
    /** Requests under way at the same time, and connections to the registry. */
    readonly concurrency: number;
    readonly blobs: BlobMode;
    /** Number of this run; decides where it begins and which blobs are in the sample. */
    readonly run: number;
    /** @default everything */
    readonly shard?: Shard;
}

/** Checks everything a registry holds. What cannot be told is noted in the ledger; nothing is thrown. */
export async function walkRegistry(
    client: RegistryClient,
    budget: Budget,
    ledger: Ledger,
    options: WalkOptions,
): Promise<void> {
    const names = await namesOf(client, ledger);
    const mine = options.shard ? names.filter((name) => belongsTo(name, options.shard as Shard)) : names;
    await walk(client, ledger, options, function* (context, open) {
        for (const name of rotated(mine, options.run)) {
            yield () => {
                const repository: RepositoryWalk = new RepositoryWalk(context, name, () => open.delete(repository));
                open.add(repository);
                return repository.start();
            };
        }
    });
    await lookAgain(client, budget, ledger, options.concurrency);
}

/** Checks one image, by tag or digest, down to its blobs. */
export async function walkImage(
    client: RegistryClient,
    budget: Budget,
    ledger: Ledger,
    image: { readonly repository: string; readonly reference: string },
    concurrency: number,
): Promise<void> {
    await walk(client, ledger, { concurrency, blobs: "all", run: 0 }, function* (context, open) {
        const repository = new RepositoryWalk(context, image.repository, () => open.delete(repository));
        open.add(repository);
        repository.startAt(image.reference);
    });
    await lookAgain(client, budget, ledger, concurrency);
}

type OpenWalks = Set<RepositoryWalk>;

async function walk(
    client: RegistryClient,
    ledger: Ledger,
    { concurrency, blobs, run }: WalkOptions,
    tasks: (context: WalkContext, open: OpenWalks) => Iterable<Task>,
): Promise<void> {
    const pool: WorkPool = new WorkPool(concurrency, (error) => note(error, ledger, pool));
    const open: OpenWalks = new Set();
    const wantsBlob = (digest: string) => blobs === "all" || (blobs === "sample" && inSample(digest, run));
    pool.add(tasks({ client, pool, ledger, wantsBlob, order: (tags) => rotated(tags, run) }, open));
    await pool.drain();
    // what was cut short still hands over what it saw
    for (const repository of open) repository.settle();
}

async function lookAgain(client: RegistryClient, budget: Budget, ledger: Ledger, concurrency: number): Promise<void> {
    budget.openReserve();
    const pool: WorkPool = new WorkPool(concurrency, (error) => note(error, ledger, pool));
    const suspects = ledger.suspects.splice(0);
    ledger.suspected = suspects.length;
    let left = suspects.length;
    pool.add(
        (function* () {
            for (const suspect of suspects) {
                yield async () => {
                    const finding = await secondLook(client, suspect);
                    left--;
                    if (finding) ledger.confirm(finding);
                };
            }
        })(),
    );
    await pool.drain();
    if (ledger.ended !== undefined && left > 0) ledger.noteTrouble(`${left} suspects could not be looked at again`);
}

function note(error: unknown, ledger: Ledger, pool: WorkPool): void {
    if (error instanceof WorkEnded) {
        ledger.noteEnd(error.message);
        pool.stop();
    } else {
        ledger.noteTrouble(asProbeError(error).message);
    }
}

/** The repositories that could be listed; the ledger knows whether these are all. */
async function namesOf(client: RegistryClient, ledger: Ledger): Promise<string[]> {
    const names = new Set<string>();
    try {
        await expectRegistry(client);
        for await (const page of listRepositories(client)) for (const name of page) names.add(name);
        ledger.catalogAccessible = true;
    } catch (error) {
        if (error instanceof WorkEnded) ledger.noteEnd(error.message);
        else ledger.noteTrouble(asProbeError(error).message);
    }
    return [...names];
}

async function expectRegistry(client: RegistryClient): Promise<void> {
    const reply = await client.ask({ path: "" });
    if (reply.status !== 200 || !reply.fromRegistry) {
        throw new ProbeError(`${client.origin}/v2/ answers ${reply.status} and is not a registry`);
    }
}
