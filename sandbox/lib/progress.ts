import { Listr, type ListrTaskWrapper } from "listr2";
import type { Watcher } from "./graph.js";

/** A watcher, and how to end its display. */
export interface Progress extends Watcher {
    readonly end: () => Promise<void>;
}

/** A live list on a terminal, otherwise one line for each thing that happens; on stderr, as stdout is for results. */
export function showProgress(names: readonly string[], stream: NodeJS.WriteStream = process.stderr): Progress {
    // The list is drawn on stdout, so it needs both to be the terminal.
    const isInteractive = stream.isTTY && process.stdout.isTTY && !process.env.CI;
    return isInteractive ? liveList(names) : plainLines(names.length, stream);
}

function plainLines(total: number, stream: NodeJS.WriteStream): Progress {
    const started = Date.now();
    let finished = 0;
    const last = new Map<string, string>();
    const line = (name: string, text: string) => {
        if (last.get(name) === text) return;
        last.set(name, text);
        const seconds = ((Date.now() - started) / 1000).toFixed(1).padStart(6);
        stream.write(`${seconds}s  ${name}: ${text}\n`);
    };
    const finish = (name: string, text: string) => {
        finished += 1;
        line(name, `${text} (${finished} of ${total})`);
    };
    return {
        started: () => {},
        said: line,
        done: (name, seconds) => finish(name, `done in ${seconds.toFixed(1)} s`),
        failed: (name, message) => finish(name, `failed: ${message.split("\n")[0]}`),
        skipped: (name, cause) => finish(name, `not tried, because ${cause} failed`),
        end: async () => {},
    };
}

type Task = ListrTaskWrapper<unknown, never, never>;

function liveList(names: readonly string[]): Progress {
    interface Row {
        task?: Task;
        readonly finish: (error?: Error) => void;
        readonly finished: Promise<void>;
        skip?: string;
    }
    const rows = new Map<string, Row>();
    for (const name of names) {
        let finish: Row["finish"] = () => {};
        const finished = new Promise<void>((resolve, reject) => {
            finish = (error) => (error === undefined ? resolve() : reject(error));
        });
        rows.set(name, { finish, finished });
    }
    const list = new Listr(
        names.map((name) => ({
            title: name,
            task: async (_: unknown, task: unknown) => {
                const row = rows.get(name);
                if (row === undefined) return;
                row.task = task as Task;
                await row.finished;
                if (row.skip !== undefined) row.task.skip(row.skip);
            },
        })),
        {
            concurrent: true,
            exitOnError: false,
            rendererOptions: { collapseErrors: false, showErrorMessage: false },
        },
    );
    const running = list.run();
    const retitle = (name: string, text: string) => {
        const task = rows.get(name)?.task;
        if (task !== undefined) task.title = `${name} ${text}`;
    };
    return {
        started: () => {},
        said: (name, text) => {
            const task = rows.get(name)?.task;
            if (task !== undefined) task.output = text;
        },
        done: (name, seconds) => {
            retitle(name, `(${seconds.toFixed(1)} s)`);
            rows.get(name)?.finish();
        },
        failed: (name, message) => {
            retitle(name, `failed: ${message.split("\n")[0]}`);
            rows.get(name)?.finish(new Error(message));
        },
        skipped: (name, cause) => {
            const row = rows.get(name);
            if (row !== undefined) row.skip = `${name}: not tried, because ${cause} failed`;
            row?.finish();
        },
        end: async () => {
            await running.catch(() => {});
        },
    };
}
