import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { vmFiles } from "../../../../components/registry/vmFiles.js";
import { registryImages, registrySecrets, registrySettings } from "../../../support/registrySettings.js";

/** Storage of a registry as version 2.8 lays it out, with manifests and nothing else. */
class Storage {
    readonly directory = mkdtempSync(join(tmpdir(), "clean-"));
    /** A file that stops the clean-up. */
    readonly hold = join(this.directory, "hold");
    readonly #root = join(this.directory, "private/docker/registry/v2");

    /** @returns the hash */
    manifest(repository: string, content: object, hoursAgo = 1000): string {
        const text = JSON.stringify(content);
        const hash = createHash("sha256").update(text).digest("hex");
        this.#put(`blobs/sha256/${hash.slice(0, 2)}/${hash}/data`, text, hoursAgo);
        this.#put(`repositories/${repository}/_manifests/revisions/sha256/${hash}/link`, `sha256:${hash}`, hoursAgo);
        return hash;
    }

    tag(repository: string, name: string, hash: string, hoursAgo: number): void {
        this.#put(`repositories/${repository}/_manifests/tags/${name}/current/link`, `sha256:${hash}`, hoursAgo);
    }

    has(repository: string, what: string): boolean {
        const hash = /^[0-9a-f]{64}$/.test(what);
        return existsSync(
            join(
                this.#root,
                `repositories/${repository}/_manifests`,
                hash ? `revisions/sha256/${what}` : `tags/${what}`,
            ),
        );
    }

    /** Leaves a tag as a full disk or a crash does. @param link what its link holds then; without it there is none */
    breakTag(repository: string, name: string, link?: string): void {
        const current = `repositories/${repository}/_manifests/tags/${name}/current`;
        rmSync(join(this.#root, current), { recursive: true });
        if (link !== undefined) this.#put(`${current}/link`, link, 100);
    }

    lose(hash: string): void {
        rmSync(join(this.#root, `blobs/sha256/${hash.slice(0, 2)}/${hash}`), { recursive: true });
    }

    /** Runs registry-clean on it. @param retention of `cicd:registry` @returns all that it says */
    clean(retention: object, ...args: string[]): string {
        const file = vmFiles(registrySettings({ retention }), registryImages, registrySecrets).find(({ path }) =>
            path.endsWith("/registry-clean"),
        );
        const program = (file?.content ?? "")
            .replace("/opt/registry/data/private", join(this.directory, "private"))
            .replace("/opt/registry/.push/lock", join(this.directory, "lock"))
            .replace("/opt/registry/hold", this.hold);
        return execFileSync("sh", ["-c", 'exec 2>&1 && exec sh -s -- "$@"', "sh", ...args], {
            input: program,
            encoding: "utf8",
            stdio: ["pipe", "pipe", "pipe"],
        });
    }

    #put(path: string, text: string, hoursAgo: number): void {
        const file = join(this.#root, path);
        mkdirSync(join(file, ".."), { recursive: true });
        writeFileSync(file, text);
        const time = Date.now() / 1000 - hoursAgo * 3600;
        utimesSync(file, time, time);
    }
}

describe("the clean-up of the private registry", function () {
    this.timeout(20_000);
    let storage: Storage;
    beforeEach(() => {
        storage = new Storage();
    });
    afterEach(() => rmSync(storage.directory, { recursive: true }));

    const image = (repository: string, name: string, hoursAgo: number) => {
        const hash = storage.manifest(repository, { config: { digest: `sha256:${"c".repeat(64)}` }, name });
        storage.tag(repository, name, hash, hoursAgo);
        return hash;
    };

    it("keeps the newest tags by time, whatever their names, and removes the others with their manifests", () => {
        const hashes = ["a", "z", "m", "b"].map((name, i) => image("team/app", name, 100 + i));
        storage.clean({ keepTags: 2 });
        expect(["a", "z", "m", "b"].map((name) => storage.has("team/app", name))).to.deep.equal([
            true,
            true,
            false,
            false,
        ]);
        expect(hashes.map((hash) => storage.has("team/app", hash))).to.deep.equal([true, true, false, false]);
    });

    it("keeps the children of an index that keeps a tag, and of an index in it", () => {
        const child = storage.manifest("app", { name: "amd64" });
        const attestation = storage.manifest("app", { name: "attestation" });
        const inner = storage.manifest("app", { manifests: [{ digest: `sha256:${attestation}` }] });
        const index = storage.manifest("app", {
            manifests: [{ digest: `sha256:${child}` }, { digest: `sha256:${inner}` }],
        });
        storage.tag("app", "1.0", index, 500);
        const stray = storage.manifest("app", { name: "stray" });
        storage.clean({ keepTags: 1 });
        expect([index, child, inner, attestation].map((hash) => storage.has("app", hash))).to.deep.equal([
            true,
            true,
            true,
            true,
        ]);
        expect(storage.has("app", stray)).to.equal(false);
    });

    it("keeps a manifest that another tag still leads to", () => {
        const hash = image("app", "old", 300);
        storage.tag("app", "new", hash, 50);
        storage.clean({ keepTags: 1 });
        expect([storage.has("app", "old"), storage.has("app", "new"), storage.has("app", hash)]).to.deep.equal([
            false,
            true,
            true,
        ]);
    });

    it("keeps what is protected and what is young", () => {
        image("app", "newest", 40);
        image("app", "young", 10);
        image("app", "release-1", 900);
        image("other/tools", "ancient", 900);
        image("other/tools", "newer", 100);
        const unfinished = storage.manifest("app", { name: "its index is on its way" }, 1);
        storage.clean({ keepTags: 1, graceHours: 24, protect: ["app:release-*", "other/*:ancient"] });
        expect(storage.has("app", "release-1")).to.equal(true);
        expect(storage.has("other/tools", "ancient")).to.equal(true);
        expect(storage.has("app", unfinished)).to.equal(true);
        expect(storage.has("app", "newest")).to.equal(false);
    });

    it("keeps signatures as long as what they sign, and does not count them", () => {
        const kept = image("app", "new", 100);
        const dropped = image("app", "old", 200);
        for (const hash of [kept, dropped]) {
            storage.tag("app", `sha256-${hash}.sig`, storage.manifest("app", { signs: hash.slice(0, 8) }), 90);
        }
        storage.clean({ keepTags: 1 });
        expect(storage.has("app", `sha256-${kept}.sig`)).to.equal(true);
        expect(storage.has("app", `sha256-${dropped}.sig`)).to.equal(false);
    });

    it("removes no manifest where one is missing that a tag leads to", () => {
        const child = storage.manifest("app", { name: "lost" });
        const index = storage.manifest("app", { manifests: [{ digest: `sha256:${child}` }] });
        storage.tag("app", "1.0", index, 100);
        const stray = storage.manifest("app", { name: "stray" });
        storage.lose(child);
        storage.clean({ keepTags: 1 });
        expect(storage.has("app", stray)).to.equal(true);
    });

    for (const [how, link] of [
        ["is empty", ""],
        ["holds no digest", "\0".repeat(71)],
        ["is missing", undefined],
    ] as const) {
        for (const kind of ["tag", "signature"] as const) {
            it(`removes no manifest where the link of a ${kind} ${how}`, () => {
                const good = image("app", "good", 200);
                const name = kind === "tag" ? "broken" : `sha256-${good}.sig`;
                const unknown = image("app", name, 100);
                const stray = storage.manifest("app", { name: "stray" });
                const elsewhere = storage.manifest("other", { name: "stray" });
                image("other", "1.0", 100);
                storage.breakTag("app", name, link);
                const output = storage.clean({ keepTags: 1 });
                expect(output).to.contain(`app:${name} cannot be read`);
                expect([storage.has("app", name), storage.has("app", "good")]).to.deep.equal([true, true]);
                expect([good, unknown, stray].map((hash) => storage.has("app", hash))).to.deep.equal([
                    true,
                    true,
                    true,
                ]);
                expect(storage.has("other", elsewhere)).to.equal(false);
            });
        }
    }

    it("only says what it would do in a dry run", () => {
        image("app", "new", 100);
        image("app", "old", 200);
        const output = storage.clean({ keepTags: 1 }, "--dry-run");
        expect(output).to.contain("remove app:old").and.contain("dry run");
        expect(storage.has("app", "old")).to.equal(true);
    });

    it("removes nothing while it is held, and says so; a dry run may look", () => {
        image("app", "new", 100);
        image("app", "old", 200);
        writeFileSync(storage.hold, "");
        expect(() => storage.clean({ keepTags: 1 }))
            .to.throw()
            .that.has.property("stdout")
            .that.contains(`held by ${storage.hold}`);
        expect(storage.has("app", "old")).to.equal(true);
        expect(storage.clean({ keepTags: 1 }, "--dry-run")).to.contain("remove app:old");
        rmSync(storage.hold);
        storage.clean({ keepTags: 1 });
        expect(storage.has("app", "old")).to.equal(false);
    });

    it("has nothing to do in an empty registry", () => {
        expect(storage.clean({ keepTags: 1 })).to.equal("removed 0 tags and 0 manifests\n");
    });
});
