import { isDeepStrictEqual } from "node:util";
import type { ServerObject } from "../../components/adoption/serverObject.js";
import type { Live } from "../../components/adoption/servers.js";
import { shown } from "../../jobs/drift/audit/shown.js";
import { marksUnknown } from "../../providers/lib/values.js";

/** A value that the first `up` would change; without what is secret. */
export interface Difference {
    readonly path: string;
    readonly live: string;
    readonly declared: string;
}

type Inputs = Readonly<Record<string, unknown>>;
type Pair = readonly [path: string, declared: unknown, live: unknown];

/** As a preview writes a secret. */
const SECRET = "[secret]";

/** Inputs that say how to act, or which object it is, in all systems. */
const notCompared = new Set([
    ...[
        "adopt",
        "reclaim",
        "deletion",
        "expectedId",
        "overwriteOnCreate",
        "commitMessage",
        "commitAuthor",
        "commitEmail",
    ],
    ...["repository", "branch", "file", "variableName", "secretName", "repositoryId", "fullName"],
    ...["name", "roleName", "path", "backend", "value"],
]);

/** Values that nobody can read: whatever is there, the first `up` writes over it. */
export function isUnreadable({ system, kind }: ServerObject): boolean {
    return (kind === "secret" && system !== "Vault") || (system === "Kubernetes" && kind === "Secret");
}

/**
 * Where an object that exists is not as declared; nothing is said of what only the update itself will know.
 *
 * @param inputs of its resource, from a preview @param live as its server shows it
 */
export function differences(object: ServerObject, inputs: Inputs, live: Live): Difference[] {
    return pairs(object, inputs, live)
        .filter(([, declared]) => declared !== SECRET && !marksUnknown(declared))
        .filter(([, declared, found]) => !isDeepStrictEqual(plain(declared), plain(found)))
        .map(([path, declared, found]) => {
            const [want, have] = [text(declared), text(found)];
            if (want !== undefined || have !== undefined) return { path, ...linesOf(have ?? "", want ?? "") };
            return { path, live: short(found, path), declared: short(declared, path) };
        });
}

function pairs({ system, kind }: ServerObject, inputs: Inputs, live: Live): Pair[] {
    if (system === "Kubernetes") return kubernetesPairs(inputs, live);
    if (system === "GitHub") {
        if (kind === "variable") return [["value", inputs.value, live.value]];
        if (kind === "file") return [["content", inputs.content, fileText(live)]];
        return [];
    }
    return Object.entries(inputs)
        .filter(([key, declared]) => !notCompared.has(key) && declared !== undefined && declared !== null)
        .map(([key, declared]) => [key, declared, live[snakeCase(key)]]);
}

/** Every value that is declared; what the server adds is its own. */
function kubernetesPairs(inputs: Inputs, live: Live): Pair[] {
    const { apiVersion: _, kind: __, metadata, ...rest } = inputs;
    const { labels, annotations } = (metadata ?? {}) as Inputs;
    const { metadata: found = {} } = live as { metadata?: Live };
    return [
        ...leaves("metadata.labels", labels, found.labels),
        ...leaves("metadata.annotations", annotations, found.annotations),
        ...Object.entries(rest).flatMap(([key, value]) => leaves(key, value, live[key])),
    ];
}

function leaves(path: string, declared: unknown, live: unknown): Pair[] {
    if (declared === undefined || declared === null) return [];
    if (Array.isArray(declared)) {
        if (!Array.isArray(live) || live.length !== declared.length) return [[path, declared, live]];
        return declared.flatMap((each, i) => leaves(`${path}[${i}]`, each, live[i]));
    }
    if (typeof declared !== "object") return [[path, declared, live]];
    const fields = (typeof live === "object" && live !== null ? live : {}) as Live;
    return Object.entries(declared).flatMap(([key, each]) => leaves(`${path}.${key}`, each, fields[key]));
}

/** Lists are sets to all servers that have such fields; an empty text, list or zero is as good as none. */
function plain(value: unknown): unknown {
    if (Array.isArray(value)) return value.length === 0 ? undefined : [...value].map(String).sort();
    return value === "" || value === null || value === false || value === 0 ? undefined : value;
}

/** A secret is a text: `tokenTtl` and `tokenPolicies` are none, whatever their names say. */
function short(value: unknown, path: string): string {
    return shown(value, typeof value === "string" ? path : "") ?? "nothing";
}

/** Text of several lines. */
function text(value: unknown): string | undefined {
    return typeof value === "string" && value.includes("\n") ? value : undefined;
}

/** How many lines of each text the other one does not have. */
function linesOf(live: string, declared: string): Pick<Difference, "live" | "declared"> {
    const count = (one: string, other: string) => {
        const known = new Set(other.split("\n"));
        const lines = one.split("\n").filter((line) => !known.has(line)).length;
        return `${lines} other ${lines === 1 ? "line" : "lines"}`;
    };
    return { live: count(live, declared), declared: count(declared, live) };
}

function fileText({ content }: Live): string {
    return Buffer.from(String(content ?? ""), "base64").toString("utf8");
}

function snakeCase(name: string): string {
    return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
