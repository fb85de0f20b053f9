import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

interface CpuProfile {
    readonly nodes: readonly { readonly id: number; readonly callFrame: { readonly url: string } }[];
    readonly samples: readonly number[];
    readonly timeDeltas: readonly number[];
}

/** Where the program's process spent its time, in seconds. */
export interface Share {
    /** In files of this program. */
    readonly own: number;
    /** From its start to its end, waiting included. */
    readonly all: number;
}

/**
 * Reads what `node --cpu-prof` wrote, and finds the program's process among those that ran.
 *
 * @param directory of the profiles
 * @param root the checkout, whose `index.ts` the program is
 */
export function programShare(directory: string, root: string): Share {
    const profiles = readdirSync(directory).map(
        (name) => JSON.parse(readFileSync(join(directory, name), "utf8")) as CpuProfile,
    );
    const isOwn = (url: string) => {
        const path = decodeURIComponent(url.replace(/^file:\/\//, "").replace(/\?.*$/, ""));
        return (
            path.startsWith(`${root}/`) &&
            /^(index\.ts|components|config|jobs|providers)\b/.test(path.slice(root.length + 1))
        );
    };
    const program = profiles.find(({ nodes }) =>
        nodes.some(({ callFrame }) => callFrame.url.endsWith(`${root}/index.ts`)),
    );
    if (!program) throw new Error(`no profile of ${root}/index.ts among ${profiles.length} in ${directory}`);
    const own = new Set(program.nodes.filter(({ callFrame }) => isOwn(callFrame.url)).map(({ id }) => id));
    let [ownMicroseconds, allMicroseconds] = [0, 0];
    program.samples.forEach((id, index) => {
        const delta = program.timeDeltas[index] ?? 0;
        allMicroseconds += delta;
        if (own.has(id)) ownMicroseconds += delta;
    });
    return { own: ownMicroseconds / 1e6, all: allMicroseconds / 1e6 };
}
