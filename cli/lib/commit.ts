import { realpathSync } from "node:fs";
import { basename, dirname } from "node:path";
import { PlainError } from "../../jobs/lib/errors.js";
import { run } from "./run.js";

/** One file in a git work tree. */
export class CommittedFile {
    private readonly path: string;

    /** @param path may be a link: git would take that for the file */
    constructor(path: string) {
        this.path = realpathSync(path);
    }

    /** A commit of the file must hold the change that is made now and nothing else. @throws PlainError */
    async demandClean(): Promise<void> {
        const { code, stdout } = await this.#git("status", "--porcelain", "--ignored", "--", basename(this.path));
        if (code !== 0) throw new PlainError(`--commit: ${this.path} is not in a git work tree`);
        if (stdout.trim() === "") return;
        const why = stdout.startsWith("!!") ? "is ignored by git" : "has changes that are not committed";
        throw new PlainError(`--commit: ${this.path} ${why}; commit it by hand, or leave --commit out`);
    }

    /** @returns the short hash @throws PlainError with git's words */
    async commit(message: string): Promise<string> {
        const { code, stderr, stdout } = await this.#git("commit", "-m", message, "--only", "--", basename(this.path));
        if (code !== 0) throw new PlainError(`git did not commit ${this.path}: ${(stderr || stdout).trim()}`);
        return (await this.#git("rev-parse", "--short", "HEAD")).stdout.trim();
    }

    #git(...args: string[]) {
        return run("git", args, { cwd: dirname(this.path) });
    }
}

/** Conventional message: `chore(release): roll website to 0123abcd`. @param pins tag by application */
export function releaseMessage(verb: string, pins: ReadonlyMap<string, string | undefined>): string {
    const parts = [...pins].map(([app, tag]) => (tag === undefined ? app : `${app} to ${tag}`));
    return `chore(release): ${verb} ${parts.join(", ")}`;
}
