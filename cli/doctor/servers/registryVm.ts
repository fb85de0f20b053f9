import { frontOf, paths, servedBy } from "../../../components/registry/layout.js";
import { vmProbe } from "../../../components/registry/vmFiles.js";
import type { Registry } from "../../../config/settings.js";

/** What the registry's VM says of itself. */
export interface VmState {
    /** State by name of a container or timer. */
    readonly items: Readonly<Record<string, string>>;
    /** HTTP status of each front door by name of its cache, `private` or `ui`; 0 where nobody answers. */
    readonly answers: Readonly<Record<string, number>>;
    /** Of the file system with the images; what is reserved for root, or lies beyond a quota, is in neither. */
    readonly disk: { readonly freeKib: number; readonly takenKib: number };
    /** Share of its inodes that is taken, from 0 to 1. */
    readonly inodesTaken: number;
}

/** Between the parts of what the program prints. */
const NEXT = "--";

/** Shell text for the VM that prints its state; it changes nothing. */
export function vmLook(registry: Registry): string {
    const { root, data, name, ui } = registry;
    const front = frontOf(registry);
    const options = "--silent --noproxy '*' --max-time 5 --output /dev/null";
    const ask = (what: string, url: string, more = "") =>
        `curl ${options} --write-out '${what}\\t%{http_code}\\n' ${more}'${url}' || :`;
    const doors = servedBy(registry).map(({ upstream, port }) => {
        if (upstream !== undefined) return ask(upstream, `http://${front}:${port}/v2/`);
        const trust = `--resolve '${name}:${port}:${front}' --cacert '${paths(root).nginx}/tls/certificate.pem' `;
        return ask("private", `https://${name}:${port}/v2/`, trust);
    });
    const file = (option: string) => `df -P${option} '${root}/${data}' | awk 'NR == 2 { print $4, $3 }'`;
    return [
        vmProbe(registry),
        `echo ${NEXT}`,
        ...doors,
        ...(ui ? [ask("ui", `http://${front}:${ui.port}/`)] : []),
        `echo ${NEXT}`,
        file("k"),
        file("i"),
    ].join("\n");
}

/** @param output of `vmLook` @throws Error if it is not that */
export function parseVmLook(output: string): VmState {
    const parts = output.split(`${NEXT}\n`).map((part) => part.split("\n").filter((line) => line !== ""));
    const [items = [], answers = [], disk = []] = parts;
    const pair = (line: string) => line.split("\t", 2) as [string, string];
    const [[freeKib = 0, takenKib = 0] = [], [freeInodes = 0, takenInodes = 0] = []] = disk.map((line) =>
        line.split(" ").map(Number),
    );
    const inodes = freeInodes + takenInodes;
    if (!(freeKib + takenKib > 0))
        throw new Error(`df says nothing of the images' file system: ${output.trim().slice(-200)}`);
    return {
        items: Object.fromEntries(items.map(pair)),
        answers: Object.fromEntries(answers.map(pair).map(([name, status]) => [name, Number(status)])),
        disk: { freeKib, takenKib },
        // Some file systems make inodes as they need them, and say 0.
        inodesTaken: inodes > 0 ? takenInodes / inodes : 0,
    };
}
