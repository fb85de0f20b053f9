import { MAX_ROOTS, type TaggedRoot } from "./finding.js";

const NONE = -1;
/** 128 of the digest's bits: enough that two different ones never meet. */
const WORDS = 4;

/**
 * Which digests of one repository were met, and what needs what, so that each is checked once and a broken one is
 * still reported with every image that needs it.
 *
 * In typed arrays: some 50 bytes a digest, where a map of texts would take several hundred.
 */
export class RepositoryGraph {
    #keys = new Uint32Array(64 * WORDS);
    #slots = new Int32Array(128).fill(NONE);
    #size = 0;
    readonly #parents = new LinkedLists();
    readonly #tags = new LinkedLists();
    readonly #names: string[] = [];

    /** @returns a number for the digest, and whether it is new here */
    meet(digest: string): { readonly id: number; readonly isNew: boolean } {
        const key = keyOf(digest);
        const slot = this.#find(key);
        const known = this.#slots[slot] as number;
        if (known !== NONE) return { id: known, isNew: false };
        const id = this.#size++;
        if (this.#size * WORDS > this.#keys.length) this.#keys = grown(this.#keys);
        this.#keys.set(key, id * WORDS);
        this.#slots[slot] = id;
        if (this.#size * 2 > this.#slots.length) this.#rehash();
        return { id, isNew: true };
    }

    /** Notes that `parent` needs `child`. */
    link(parent: number, child: number): void {
        this.#parents.add(child, parent);
    }

    /** Notes that a tag leads to a manifest. */
    tag(tag: string, root: number): void {
        this.#tags.add(root, this.#names.push(tag) - 1);
    }

    /** The images that need a digest, sorted by tag: the first `MAX_ROOTS` of them, and how many there are. */
    imagesOf(id: number): { readonly roots: TaggedRoot[]; readonly images: number } {
        const tags = [...this.#ancestors(id)].flatMap((root) =>
            [...this.#tags.of(root)].map((index) => ({ tag: this.#names[index] as string, root })),
        );
        tags.sort((a, b) => (a.tag < b.tag ? -1 : 1));
        const roots = tags.slice(0, MAX_ROOTS).map(({ tag, root }) => ({ tag, root: this.#hexOf(root) }));
        return { roots, images: tags.length };
    }

    #hexOf(id: number): string {
        const words = [...this.#keys.subarray(id * WORDS, id * WORDS + WORDS)];
        return words.map((word) => word.toString(16).padStart(8, "0")).join("");
    }

    #ancestors(id: number): Set<number> {
        const found = new Set([id]);
        for (const next of found) for (const parent of this.#parents.of(next)) found.add(parent);
        return found;
    }

    #find(key: Uint32Array): number {
        const mask = this.#slots.length - 1;
        let slot = (key[0] as number) & mask;
        for (let id = this.#slots[slot] as number; id !== NONE; id = this.#slots[slot] as number) {
            const at = id * WORDS;
            if (key.every((word, index) => this.#keys[at + index] === word)) break;
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    #rehash(): void {
        this.#slots = new Int32Array(this.#slots.length * 2).fill(NONE);
        for (let id = 0; id < this.#size; id++) {
            this.#slots[this.#find(this.#keys.subarray(id * WORDS, id * WORDS + WORDS))] = id;
        }
    }
}

/** For each number a list of numbers, in two flat arrays. */
class LinkedLists {
    #heads = new Int32Array(64).fill(NONE);
    #values = new Int32Array(64);
    #next = new Int32Array(64);
    #size = 0;

    add(list: number, value: number): void {
        while (list >= this.#heads.length) this.#heads = grown(this.#heads, NONE);
        if (this.#size === this.#values.length) {
            this.#values = grown(this.#values);
            this.#next = grown(this.#next);
        }
        this.#values[this.#size] = value;
        this.#next[this.#size] = this.#heads[list] as number;
        this.#heads[list] = this.#size++;
    }

    *of(list: number): Generator<number> {
        for (let at = this.#heads[list] ?? NONE; at !== NONE; at = this.#next[at] as number) {
            yield this.#values[at] as number;
        }
    }
}

function keyOf(digest: string): Uint32Array {
    const hex = digest.slice(digest.indexOf(":") + 1);
    return Uint32Array.from({ length: WORDS }, (_, word) => Number.parseInt(hex.slice(word * 8, word * 8 + 8), 16));
}

function grown<A extends Uint32Array | Int32Array>(array: A, fill = 0): A {
    const larger = new (array.constructor as new (length: number) => A)(array.length * 2);
    larger.fill(fill, array.length);
    larger.set(array);
    return larger;
}
