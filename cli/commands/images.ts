import type { Command } from "commander";
import { PIN_MANAGER } from "../../components/release/pins.js";
import type { App } from "../../config/settings.js";
import { wordsOf } from "../../jobs/lib/errors.js";
import { addCommand, perform } from "../lib/command.js";
import { exitCode } from "../lib/exitCode.js";
import { type LiveContainer, liveContainers } from "../lib/liveTags.js";
import { githubOf, newestTag } from "../lib/newestTags.js";
import { paint, progress, table } from "../lib/output.js";
import { appNamed, openPins, type PinSession } from "../lib/pinSession.js";
import type { Session } from "../lib/session.js";

/** One container of an application; `null` for what is not there or could not be told. */
export interface ImageRow {
    readonly app: string;
    readonly namespace: string;
    readonly deployment: string;
    readonly container: string;
    readonly declared: string | null;
    /** Tag; the whole reference where another image runs. */
    readonly live: string | null;
    /** Of the branch's commits with images. */
    readonly newest: string | null;
    /** When the live image was set, ISO 8601. */
    readonly since: string | null;
    /** Field manager that set it. */
    readonly setBy: string | null;
    readonly state: "pinned" | "behind the pin" | "follows CI" | "not there";
}

export function addImages(program: Command): void {
    addCommand(program, "images [app...]", {
        summary: "each application's declared, live and newest image",
        description:
            "Lists every container: the tag that the stack file pins, the tag that runs, since when and set by whom, and the newest commit that has images in the registry. Ends with 2 when an image was changed behind a pin.",
        examples: [
            ["images", "all applications"],
            ["images website --json", "one of them, for a script"],
        ],
    }).action(
        perform<{ stack?: string; json?: boolean }, [string[]]>(async (session, _options, names) => {
            const rows = await imageRows(session, names);
            const behind = rows.some(({ state }) => state === "behind the pin" || state === "not there");
            return {
                exitCode: behind ? exitCode.findings : exitCode.fine,
                data: rows,
                text: imageTable(rows, Date.now()),
            };
        }),
    );
}

/** @param names of applications; all of them when none @throws Error that says which server did not answer */
export async function imageRows(session: Session, names: readonly string[] = []): Promise<ImageRow[]> {
    const pins = await openPins(session);
    const chosen = names.length > 0 ? names.map((name) => appNamed(pins.apps, name)) : pins.apps;
    return (await Promise.all(chosen.map((app) => rowsOf(app, pins, session)))).flat();
}

async function rowsOf(app: App, pins: PinSession, session: Session): Promise<ImageRow[]> {
    const { github } = pins.stack.settings;
    const newest =
        github &&
        newestTag(app, pins.registries, githubOf(session, github)).catch((error: unknown) => {
            progress(`warning: ${app.name}: the newest image is not known: ${wordsOf(error)}`);
            return undefined;
        });
    const containers = await liveContainers(app, pins.cluster);
    const tag = (await newest)?.tag;
    return containers.map((container) => rowOf(app, container, tag));
}

export function rowOf({ name, sha }: App, container: LiveContainer, newest: string | undefined): ImageRow {
    const { namespace, deployment, live, tag } = container;
    return {
        app: name,
        namespace,
        deployment,
        container: container.container,
        declared: sha ?? null,
        live: tag ?? live?.image ?? null,
        newest: newest ?? null,
        since: live?.since?.toISOString() ?? null,
        setBy: live?.setBy ?? null,
        state: stateOf(sha, live && (tag ?? live.image)),
    };
}

function stateOf(declared: string | undefined, live: string | undefined): ImageRow["state"] {
    if (live === undefined) return "not there";
    if (declared === undefined) return "follows CI";
    return live === declared ? "pinned" : "behind the pin";
}

const colours = { pinned: "green", "behind the pin": "red", "follows CI": "dim", "not there": "red" } as const;

function imageTable(rows: readonly ImageRow[], now: number): string {
    const cells = rows.map((row) => [
        row.app,
        `${row.namespace}/${row.deployment}${row.container === row.deployment ? "" : `/${row.container}`}`,
        row.declared ?? "-",
        row.live ?? "-",
        row.newest === null ? "?" : row.newest === row.live ? paint("dim", "same") : paint("yellow", row.newest),
        row.since === null ? "?" : `${age(now - Date.parse(row.since))} ago by ${authorOf(row.setBy)}`,
        paint(colours[row.state], row.state),
    ]);
    return table(["APP", "WHERE", "DECLARED", "LIVE", "NEWEST", "SINCE", "STATE"], cells);
}

/** Field managers in the words of the pipeline. */
function authorOf(manager: string | null): string {
    return { "kubectl-set": "CI", [PIN_MANAGER]: "the pin" }[manager ?? ""] ?? manager ?? "somebody";
}

export function age(milliseconds: number): string {
    const minutes = Math.max(0, Math.floor(milliseconds / 60_000));
    if (minutes < 60) return `${minutes} min`;
    return minutes < 2880 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} days`;
}
