import { existsSync } from "node:fs";
import { basename } from "node:path";
import { UserError } from "./errors.js";
import { buildAppImage, pushImage } from "./image.js";

/** A build as a pipeline asks for it. */
export interface BuildRequest {
    /** The static program `app`, which every image of the sandbox consists of. */
    readonly program: string;
    /** Absolute path; it has to be there, though it is not what is run. */
    readonly dockerfile: string;
    /** `host:port/repository:tag` */
    readonly references: readonly string[];
    readonly print: (line: string) => void;
}

/**
 * Stands for BuildKit: makes a small image that stays up, different for each tag, and pushes it.
 *
 * @returns the digest of the last one
 */
export async function buildAndPush({ program, dockerfile, references, print }: BuildRequest): Promise<string> {
    if (!existsSync(dockerfile)) {
        throw new UserError(`failed to read dockerfile: open ${basename(dockerfile)}: no such file or directory`);
    }
    let digest = "";
    for (const reference of references) {
        const { host, repository, tag } = parseReference(reference);
        const image = await buildAppImage(program, repository, tag);
        digest = await pushImage(`http://${host}`, repository, tag, image);
        print(`pushed ${reference} (${digest})`);
    }
    return digest;
}

/** @throws for a registry that is not on this machine: nothing of the sandbox may reach another one */
export function parseReference(reference: string): { host: string; repository: string; tag: string } {
    const match = reference.match(/^((?:127\.0\.0\.1|localhost):\d+)\/([^:@]+):([\w.-]+)$/);
    const [, host, repository, tag] = match ?? [];
    if (host === undefined || repository === undefined || tag === undefined) {
        throw new UserError(
            `${reference} cannot be pushed: the sandbox pushes to 127.0.0.1:<port>/<repository>:<tag> only`,
        );
    }
    return { host, repository, tag };
}
