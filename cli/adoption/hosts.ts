import { foundName } from "../../components/host/names.js";
import type { Settings } from "../../config/settings.js";
import type { SshHost } from "../../config/ssh.js";
import { PlainError, wordsOf } from "../../jobs/lib/errors.js";
import { runShell } from "../../providers/host/plugin/connection.js";
import { type Findings, inspectionProgram, readFindings } from "../../providers/host/plugin/inspection.js";
import type { PlannedObject, PreviewStep } from "./plan.js";

/** What the program has for a host, from its preview. */
export interface HostPlan {
    readonly ssh: SshHost;
    readonly root: string;
    /** By path, `mode owner sha256:…`. */
    readonly files: Readonly<Record<string, string>>;
    /** State by name. */
    readonly items: Readonly<Record<string, string>>;
    readonly probe?: string;
    readonly ignored: readonly string[];
}

/** The hosts whose files the state does not have. */
export function newHosts(steps: readonly PreviewStep[], settings: Pick<Settings, "registry" | "nodes">): HostPlan[] {
    return steps.flatMap(({ op, urn, newState }) => {
        if (op !== "create" || newState?.type !== "host:index:Files") return [];
        const { root, files, items, probe, ignored } = newState.inputs as unknown as Omit<HostPlan, "ssh">;
        const ssh = sshOf(settings, urn, root);
        return ssh ? [{ ssh, root, files: files ?? {}, items: items ?? {}, ignored: ignored ?? [], probe }] : [];
    });
}

/** A preview hides how a host is reached, as the private key is part of it. */
function sshOf({ registry, nodes }: Pick<Settings, "registry" | "nodes">, urn: string, root: string) {
    if (root === registry?.root) return registry.ssh;
    if (root !== nodes?.directory) return undefined;
    return Object.entries(nodes.hosts).find(([name]) => urn.endsWith(`-${foundName(name)}`))?.[1];
}

/** @param privateKey of the user who logs in @throws PlainError that names the host */
export async function lookAtHost({ ssh, ...plan }: HostPlan, privateKey: string): Promise<Findings> {
    const { host, port, user, hostKey } = ssh;
    const question = { ...plan, files: Object.keys(plan.files) };
    const limit = AbortSignal.timeout(30_000);
    try {
        return readFindings(
            await runShell({ host, port, user, hostKey, privateKey }, inspectionProgram(question), limit),
        );
    } catch (error) {
        throw new PlainError(`${host} cannot be looked at: ${wordsOf(error)}`);
    }
}

/** What the first `up` does to each file and item of a host; what is there beside them stays as it is. */
export function hostObjects({ ssh, files, items }: HostPlan, found: Findings): PlannedObject[] {
    const on = { system: "Host", within: ssh.host } as const;
    return [
        ...Object.entries(files).map(([name, declared]) => ({
            ...on,
            kind: "file",
            name,
            ...fateOf(fileFields(declared), fileFields(found.files[name])),
        })),
        ...Object.entries(items).map(([name, declared]) => ({
            ...on,
            kind: "service",
            name,
            ...fateOf({ state: declared }, { state: found.items[name] }),
        })),
        ...Object.keys(found.extra).map((name) => ({
            ...on,
            kind: "undeclared file",
            name,
            fate: "keep" as const,
            differences: [],
        })),
    ];
}

type Fields = Readonly<Record<string, string | undefined>>;

function fateOf(declared: Fields, live: Fields): Pick<PlannedObject, "fate" | "differences"> {
    if (Object.values(live).every((value) => value === undefined)) return { fate: "create", differences: [] };
    const differences = Object.entries(declared)
        .filter(([path, value]) => live[path] !== value)
        .map(([path, value]) => ({ path, live: live[path] ?? "nothing", declared: value ?? "nothing" }));
    return { fate: differences.length > 0 ? "change" : "keep", differences };
}

/** Hashes are cut to what tells them apart. */
function fileFields(described: string | undefined): Fields {
    const [mode = "", owner, content] = described?.split(" ") ?? [];
    // A link, or what is no file.
    if (described !== undefined && !/^\d+$/.test(mode)) return { mode: described };
    return { mode: mode || undefined, owner, content: content?.slice(0, "sha256:".length + 12) };
}
