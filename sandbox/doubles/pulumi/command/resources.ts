/** The resource types of the command package. */

import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Change, EngineLog, PropertyChange, ResourceCall, ResourceType } from "../provider/model.js";
import { assetOf, equal, hasUnknown, type JsonObject, type Properties } from "../provider/values.js";
import { type Output, run } from "./process.js";
import { type Connection, runRemote } from "./ssh.js";

/** Runs one command line with a resource's inputs. */
type Runner = (
    command: string,
    inputs: JsonObject,
    environment: Environment,
    call: ResourceCall,
    log: EngineLog,
) => Promise<Output>;

interface Environment {
    readonly own: Readonly<Record<string, string>>;
    readonly previous: Readonly<Record<string, string>>;
}

/** `local.Command` and `remote.Command`: a command for each of create, update and delete. */
export function commandType(runner: Runner, allowed: readonly string[], log: EngineLog): ResourceType {
    const execute = async (
        command: unknown,
        inputs: Properties,
        previous: Properties,
        call: ResourceCall,
    ): Promise<Properties> => {
        if (typeof command !== "string") {
            return {};
        }
        const output = await runner(command, inputs as JsonObject, environmentOf(inputs, previous), call, log);
        if (output.exit !== 0) {
            throw new Error(`exit status ${output.exit}: running ${JSON.stringify(command)}:\n${output.both}`);
        }
        return { stdout: output.stdout, stderr: output.stderr };
    };
    return {
        check: (news) => ({ inputs: news, failures: foreignInputs(news, allowed) }),
        diff({ state, oldInputs, news }) {
            const old = Object.keys(oldInputs).length > 0 ? oldInputs : state;
            // Also where there is an update, whatever the documentation says.
            return { changes: inputChanges(old, news, allowed, ["triggers"]) };
        },
        async create(inputs, preview, call) {
            const id = call.name + randomBytes(4).toString("hex");
            return { id, state: preview ? inputs : { ...inputs, ...(await execute(inputs.create, inputs, {}, call)) } };
        },
        // There is nothing to look at: what a command did is not seen.
        read: async (id, state, inputs) => ({ id, state, inputs: inputs ?? {} }),
        async update({ state, news }, preview, call) {
            const { stdout, stderr } = state;
            const previous: Properties = {
                ...(stdout !== undefined && { stdout }),
                ...(stderr !== undefined && { stderr }),
            };
            return preview
                ? { ...news, ...previous }
                : { ...news, ...previous, ...(await execute(news.update ?? news.create, news, state, call)) };
        },
        async delete(_id, state, call) {
            await execute(state.delete, state, state, call);
        },
    };
}

export const localInputs = [
    "create",
    "update",
    "delete",
    "triggers",
    "stdin",
    "dir",
    "environment",
    "interpreter",
    "addPreviousOutputInEnv",
    "logging",
];
export const remoteInputs = [
    "connection",
    "create",
    "update",
    "delete",
    "triggers",
    "stdin",
    "environment",
    "addPreviousOutputInEnv",
    "logging",
];

export const runLocally: Runner = (command, inputs, environment, { urn, cancelled }, log) => {
    const [program = "/bin/sh", ...args] = (inputs.interpreter as string[] | undefined) ?? ["/bin/sh", "-c"];
    return run({
        program,
        args: [...args, command],
        ...(typeof inputs.dir === "string" && { directory: inputs.dir }),
        environment: { ...process.env, ...environment.own, ...environment.previous },
        ...(typeof inputs.stdin === "string" && { stdin: inputs.stdin }),
        cancelled,
        onLine: logLines(inputs.logging, urn, log),
    });
};

export const runOverSsh: Runner = (command, inputs, environment, { urn, cancelled }, log) =>
    runRemote(inputs.connection as Connection, {
        command,
        environment: { ...environment.previous, ...environment.own },
        required: Object.keys(environment.own),
        ...(typeof inputs.stdin === "string" && { stdin: inputs.stdin }),
        cancelled,
        onLine: logLines(inputs.logging, urn, log),
    });

/** `remote.CopyToRemote` of a file or text; archives are not supported. */
export function copyToRemote(log: EngineLog): ResourceType {
    const allowed = ["connection", "source", "remotePath", "triggers"];
    const copy = async (inputs: Properties, call: ResourceCall): Promise<Properties> => {
        const content = await contentOf(inputs);
        const path = `'${String(inputs.remotePath).replaceAll("'", "'\\''")}'`;
        const command = `mkdir -p "$(dirname ${path})" && cat > ${path}`;
        const output = await runRemote(inputs.connection as Connection, {
            command,
            environment: {},
            required: [],
            stdin: content,
            cancelled: call.cancelled,
            onLine: logLines("stderr", call.urn, log),
        });
        if (output.exit !== 0) {
            throw new Error(`copying to ${String(inputs.remotePath)}: exit status ${output.exit}: ${output.stderr}`);
        }
        return inputs;
    };
    return {
        check: (news) => ({
            inputs: news,
            failures: [
                ...foreignInputs(news, allowed),
                ...(assetOf(news.source) === undefined && !hasUnknown(news.source)
                    ? [{ property: "source", reason: "must be a file or text asset (archives are not supported here)" }]
                    : []),
            ],
        }),
        diff: ({ state, oldInputs, news }: Change) => ({
            changes: inputChanges(Object.keys(oldInputs).length > 0 ? oldInputs : state, news, allowed, ["triggers"]),
        }),
        create: async (inputs, preview, call) => ({
            id: randomBytes(4).toString("hex"),
            state: preview ? inputs : await copy(inputs, call),
        }),
        read: async (id, state, inputs) => ({ id, state, inputs: inputs ?? {} }),
        update: async ({ state, news }, preview, call) => {
            const same = equal(state.source, news.source) && state.remotePath === news.remotePath;
            return preview || same ? news : copy(news, call);
        },
        // The file stays: the official plugin does not delete it.
        delete: async () => {},
    };
}

async function contentOf({ source }: Properties): Promise<Buffer> {
    const asset = assetOf(source);
    if (typeof asset?.text === "string") {
        return Buffer.from(asset.text);
    }
    if (typeof asset?.path !== "string") {
        throw new Error("source has neither a text nor a path");
    }
    return readFile(asset.path);
}

function environmentOf(inputs: Properties, previous: Properties): Environment {
    const own = Object.entries((inputs.environment as JsonObject | undefined) ?? {});
    const outputs = { PULUMI_COMMAND_STDOUT: previous.stdout, PULUMI_COMMAND_STDERR: previous.stderr };
    const given = Object.entries(inputs.addPreviousOutputInEnv === false ? {} : outputs).filter(
        (entry): entry is [string, string] => typeof entry[1] === "string" && entry[1] !== "",
    );
    return {
        own: Object.fromEntries(own.map(([name, value]) => [name, String(value)])),
        previous: Object.fromEntries(given),
    };
}

function logLines(logging: unknown, urn: string, log: EngineLog) {
    const streams = { stdout: ["stdout"], stderr: ["stderr"], none: [], stdoutAndStderr: ["stdout", "stderr"] };
    const logged: readonly string[] = streams[(logging as keyof typeof streams | undefined) ?? "stdoutAndStderr"] ?? [];
    return (stream: "stdout" | "stderr", line: string) => {
        if (logged.includes(stream)) {
            log.info(urn, line);
        }
    };
}

function foreignInputs(news: Properties, allowed: readonly string[]) {
    return Object.keys(news)
        .filter((name) => !allowed.includes(name) && !name.startsWith("__"))
        .map((property) => ({ property, reason: `is not supported here; known are ${allowed.join(", ")}` }));
}

function inputChanges(old: Properties, news: Properties, names: readonly string[], replacing: readonly string[]) {
    const changes = new Map<string, PropertyChange>();
    for (const name of names) {
        const before = old[name];
        const after = news[name];
        if (hasUnknown(after) || !equal(before, after)) {
            const kind = before === undefined ? "add" : after === undefined ? "delete" : "update";
            changes.set(name, { kind, replace: replacing.includes(name) });
        }
    }
    return changes;
}
