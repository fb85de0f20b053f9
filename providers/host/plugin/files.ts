import type { Change, Handler, State } from "../../lib/handler.js";
import type { Log } from "../../lib/package.js";
import { hasUnknown, UNKNOWN, type Values } from "../../lib/values.js";
import { type Connection, runShell, Unreachable } from "./connection.js";
import { type Findings, inspectionProgram, readFindings } from "./inspection.js";

type Texts = Readonly<Record<string, string>>;

/** What stands for "as declared" in these is compared entry by entry. */
const maps = ["files", "items"] as const;
const scalars = ["root", "probe", "ignored", "connection", "unreachable"] as const;
/** What is in the directory without being declared, and was seen by an update. */
const KNOWN = "knownExtra";

/** Files of a host, looked at; who writes them is somebody else, told by `revision`. */
export class FilesHandler implements Handler {
    constructor(
        private readonly log: Log,
        private readonly interrupted: AbortSignal,
        private readonly look = inspect,
    ) {}

    plan(_olds: Values, oldInputs: Values, news: Values): Change[] {
        const entries = maps.flatMap((name) => {
            if (hasUnknown(news[name])) return [name];
            const [before, after] = [textsOf(oldInputs[name]), textsOf(news[name])];
            const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
            return keys.filter((key) => before[key] !== after[key]).map((key) => `${name}["${key}"]`);
        });
        const others = scalars.filter((name) => JSON.stringify(oldInputs[name]) !== JSON.stringify(news[name]));
        return [...entries, ...others].map((property) => ({ property, replaces: false }));
    }

    /** Changes nothing on the host: it only sees whether what is there may be written over. */
    async create(news: Values, preview: boolean, urn: string): Promise<State> {
        const state = (extra: Texts): State => ({
            id: idOf(news),
            outputs: { ...news, revision: 1, [KNOWN]: Object.keys(extra).sort() },
        });
        if (hasUnknown(news)) return { id: "", outputs: { ...news, revision: 1, [KNOWN]: UNKNOWN } };
        if (preview && news.adopt === true) return state({});
        let found: Findings;
        try {
            found = await this.look(news, this.interrupted);
        } catch (error) {
            // What may not be written over has to be seen first.
            if (!(error instanceof Unreachable) || news.unreachable !== "warn" || news.adopt !== true) throw error;
            this.log("warning", `${error.message}: not looked at`, urn);
            return state({});
        }
        const { files, extra } = found;
        const foreign = Object.entries(textsOf(news.files)).filter(
            ([p, d]) => files[p] !== undefined && files[p] !== d,
        );
        if (foreign.length > 0 && news.adopt !== true)
            throw new Error(
                refusal(
                    news,
                    foreign.map(([path]) => path),
                ),
            );
        this.tellExtra(Object.keys(extra), news, urn);
        return state(extra);
    }

    async read(id: string, olds: Values, inputs: Values, urn: string) {
        let found: Findings;
        try {
            found = await this.look(inputs, this.interrupted);
        } catch (error) {
            if (!(error instanceof Unreachable) || inputs.unreachable !== "warn") throw error;
            const meanwhile = "not looked at, and taken to be as it was (gone for good? docs/runbooks/nodes.md)";
            this.log("warning", `${error.message}: ${meanwhile}`, urn);
            return { id, outputs: olds, inputs };
        }
        const known = new Set((olds[KNOWN] as string[] | undefined) ?? []);
        const extra = Object.entries(found.extra).filter(([path]) => !known.has(path));
        // As if they were declared, so that the difference to what is declared names them.
        const files = {
            ...found.files,
            ...Object.fromEntries(extra.map(([path, d]) => [path, `${d} (not declared)`])),
        };
        const actual = { ...inputs, files, ...(inputs.items !== undefined && { items: found.items }) };
        return { id, outputs: { ...olds, ...actual }, inputs: actual };
    }

    async update(olds: Values, oldInputs: Values, news: Values, preview: boolean, urn: string): Promise<Values> {
        const undeclared = Object.entries(textsOf(oldInputs.files)).flatMap(([path, d]) =>
            d.endsWith("(not declared)") ? [path] : [],
        );
        if (!preview) this.tellExtra(undeclared, news, urn);
        const changed = this.plan(olds, oldInputs, news).map(({ property }) => property);
        // What the state has is what the next refresh looks with: a key that is wrong must not get there.
        if (!preview && changed.includes("connection")) await this.look(news, this.interrupted);
        const harmless = new Set(["connection", "unreachable", "ignored", ...undeclared.map((p) => `files["${p}"]`)]);
        const pushes = changed.some((property) => !harmless.has(property));
        const known = [...((olds[KNOWN] as string[] | undefined) ?? []), ...undeclared];
        const revision = Number(olds.revision ?? 1) + (pushes ? 1 : 0);
        return { ...news, revision, [KNOWN]: [...new Set(known)].sort() };
    }

    async delete(): Promise<void> {}

    private tellExtra(paths: readonly string[], { connection }: Values, urn: string): void {
        if (paths.length === 0) return;
        const { host } = connection as Connection;
        const text = `on ${host} there is what nobody declared; it is left alone: ${[...paths].sort().join(", ")}`;
        this.log("warning", text, urn);
    }
}

async function inspect(inputs: Values, interrupted: AbortSignal): Promise<Findings> {
    const { connection, root, ignored, probe } = inputs;
    const question = {
        root: String(root),
        // What a former look added is looked for by the search again.
        files: Object.entries(textsOf(inputs.files)).flatMap(([path, d]) =>
            d.endsWith("(not declared)") ? [] : [path],
        ),
        ignored: (ignored as string[] | undefined) ?? [],
        probe: probe as string | undefined,
    };
    return readFindings(await runShell(connection as Connection, inspectionProgram(question), interrupted));
}

function textsOf(value: unknown): Texts {
    return (value as Texts | undefined) ?? {};
}

function idOf({ connection, root }: Values): string {
    return `${(connection as Connection).host}:${String(root)}`;
}

function refusal({ connection }: Values, paths: readonly string[]): string {
    const { host } = connection as Connection;
    return [
        `${paths.length === 1 ? "a file exists" : `${paths.length} files exist`} already on ${host}, and nothing was changed:`,
        ...paths.map((path) => `  ${path}`),
        "Set cicd:adopt to true in the stack file to write over them; the host keeps copies in .push/previous of the root directory.",
    ].join("\n");
}
