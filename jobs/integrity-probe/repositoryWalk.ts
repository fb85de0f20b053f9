import { ProbeError, type RegistryClient } from "../lib/registry/client.js";
import { listTags } from "../lib/registry/listing.js";
import type { Descriptor, Manifest } from "../lib/registry/manifest.js";
import type { Failure, Subject } from "./finding.js";
import type { Ledger } from "./ledger.js";
import { checkBlob, readManifest } from "./questions.js";
import { RepositoryGraph } from "./repositoryGraph.js";
import type { Task, WorkPool } from "./workPool.js";

/** Indexes within indexes are followed so deep. */
const MAX_DEPTH = 8;

export interface WalkContext {
    readonly client: RegistryClient;
    readonly pool: WorkPool;
    readonly ledger: Ledger;
    /** Whether a config or layer is to be looked at in this run. */
    wantsBlob(digest: string): boolean;
    /** The order in which to take tags. */
    order(tags: readonly string[]): readonly string[];
}

/** The walk through one repository: every tag, every manifest below it, and the blobs that are wanted. */
export class RepositoryWalk {
    readonly #graph = new RepositoryGraph();
    readonly #suspects: { readonly subject: Subject; readonly failure: Failure; readonly id: number }[] = [];
    #open = 0;

    /** @param onEnd called once, when nothing of the repository is left to do */
    constructor(
        private readonly context: WalkContext,
        private readonly repository: string,
        private readonly onEnd: () => void,
    ) {}

    /** Lists the tags and has each of them checked. */
    async start(): Promise<void> {
        this.#open++;
        try {
            for await (const tags of listTags(this.context.client, this.repository)) {
                this.#add(this.context.order(tags), (tag) => this.#checkTag(tag, false));
            }
            this.context.ledger.counts.repositories++;
        } finally {
            this.#close();
        }
    }

    /** Has one image checked, by tag or digest. */
    startAt(reference: string): void {
        this.#add([reference], (tag) => this.#checkTag(tag, true));
    }

    /** Hands over what looked broken, with the images that need it. */
    settle(): void {
        const { ledger } = this.context;
        for (const { subject, failure, id } of this.#suspects.splice(0)) {
            ledger.suspects.push({ ...subject, failure, ...this.#graph.imagesOf(id) });
        }
    }

    async #checkTag(tag: string, asked: boolean): Promise<void> {
        const { client, ledger } = this.context;
        const byDigest = tag.includes(":") ? tag : undefined;
        const expected = { missing: "missing_manifest", ...(byDigest && { digest: byDigest }) } as const;
        const verdict = await readManifest(client, this.repository, tag, expected);
        ledger.counts.tags++;
        if ("failure" in verdict) {
            const subject = { kind: "tag", repository: this.repository, digest: byDigest ?? "", platform: "" } as const;
            ledger.suspects.push({ ...subject, failure: verdict.failure, roots: [{ tag }], images: 1, asked });
            return;
        }
        const { id, isNew } = this.#graph.meet(verdict.digest);
        this.#graph.tag(tag, id);
        if (isNew) this.#follow(verdict.manifest, id, "", 1);
    }

    #follow(manifest: Manifest, parent: number, platform: string, depth: number): void {
        const { ledger, wantsBlob } = this.context;
        if (manifest.kind === "index") ledger.counts.indexes++;
        if (depth > MAX_DEPTH) throw new ProbeError(`${this.repository}: indexes nested deeper than ${MAX_DEPTH}`);
        const blobs = manifest.blobs.filter(({ digest }) => wantsBlob(digest));
        this.#add(this.#unmet(manifest.children, parent), ({ descriptor, id }) =>
            this.#checkChild({ ...descriptor, platform: descriptor.platform || platform }, id, depth),
        );
        this.#add(this.#unmet(blobs, parent), ({ descriptor, id }) =>
            this.#checkBlob({ ...descriptor, platform: descriptor.platform || platform }, id),
        );
    }

    #unmet(descriptors: readonly Descriptor[], parent: number): { descriptor: Descriptor; id: number }[] {
        return descriptors.flatMap((descriptor) => {
            const { id, isNew } = this.#graph.meet(descriptor.digest);
            this.#graph.link(parent, id);
            return isNew ? [{ descriptor, id }] : [];
        });
    }

    async #checkChild({ digest, size, platform }: Descriptor, id: number, depth: number): Promise<void> {
        const { client, ledger } = this.context;
        const verdict = await readManifest(client, this.repository, digest, { digest, size, missing: "missing_child" });
        ledger.counts.children++;
        if ("manifest" in verdict) this.#follow(verdict.manifest, id, platform, depth + 1);
        else
            this.#suspect(
                { kind: "manifest", repository: this.repository, digest, size, platform },
                verdict.failure,
                id,
            );
    }

    async #checkBlob({ digest, size, platform }: Descriptor, id: number): Promise<void> {
        const { client, ledger } = this.context;
        const failure = await checkBlob(client, this.repository, digest, size);
        ledger.counts.blobs++;
        if (failure) this.#suspect({ kind: "blob", repository: this.repository, digest, size, platform }, failure, id);
    }

    #suspect(subject: Subject, failure: Failure, id: number): void {
        this.#suspects.push({ subject, failure, id });
    }

    #add<T>(items: Iterable<T>, work: (item: T) => Promise<void>): void {
        this.#open++;
        this.context.pool.add(this.#tasks(items, work));
    }

    *#tasks<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Generator<Task> {
        for (const item of items) {
            this.#open++;
            yield () => work(item).finally(() => this.#close());
        }
        this.#close();
    }

    #close(): void {
        if (--this.#open > 0) return;
        this.settle();
        this.onEnd();
    }
}
