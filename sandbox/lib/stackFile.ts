import { join } from "node:path";
import { isMap, parse, parseDocument } from "yaml";
import { readIfThere, writeAtomically } from "./files.js";
import type { PortName } from "./part.js";
import type { Places } from "./places.js";
import { defaultPorts, type Ports } from "./ports.js";

/**
 * The committed stack file with the ports that were chosen here.
 *
 * @param earlier what the engine made of an earlier rendering: it keeps the salt of the passphrase in this file, and could
 *   not read its state without
 */
export function withChosenPorts(committed: string, ports: Ports, earlier = ""): string {
    let text = committed;
    for (const [name, port] of Object.entries(defaultPorts) as [PortName, number][]) {
        if (ports[name] === port) continue;
        text = text.replaceAll(new RegExp(`(127\\.0\\.0\\.1:|[pP]ort: )${port}(?!\\d)`, "g"), `$1@${name}@`);
    }
    // In two steps, as a chosen port may be another one's default.
    text = text.replace(
        /(127\.0\.0\.1:|[pP]ort: )@([a-z-]+)@/g,
        (_, before, name: PortName) => `${before}${ports[name]}`,
    );
    const kept = parseDocument(earlier).contents;
    if (!isMap(kept)) return text;
    const document = parseDocument(text);
    for (const { key, value } of kept.items) {
        if (/^(encryption|secretsprovider)/.test(String(key))) document.set(key, value);
    }
    return document.toString({ indent: 4, lineWidth: 0 });
}

const imagesKey = "cicd:images";
const registryKey = "cicd:registry";
const nodesKey = "cicd:nodes";

/** The stack file with other names for some of the images that it declares, or leaves to their defaults. */
export function withImages(stackFile: string, names: Readonly<Record<string, string>>): string {
    if (Object.keys(names).length === 0) return stackFile;
    const document = parseDocument(stackFile);
    for (const [key, name] of Object.entries(names)) document.setIn(["config", imagesKey, key], name);
    return document.toString({ indent: 4, lineWidth: 0 });
}

/** How the stack reaches the registry's machine; undefined where there is none. */
export interface StackVm {
    readonly hostKey: string;
    readonly images: { readonly registry: string; readonly nginx: string };
}

/** The stack file with the machine of this sandbox, or without one. */
export function withVm(stackFile: string, vm: StackVm | undefined): string {
    const document = parseDocument(stackFile);
    if (!document.hasIn(["config", registryKey])) return stackFile;
    if (vm === undefined) document.deleteIn(["config", registryKey]);
    else {
        document.setIn(["config", registryKey, "ssh", "hostKey"], vm.hostKey);
        for (const [key, name] of Object.entries(vm.images)) document.setIn(["config", imagesKey, key], name);
    }
    return document.toString({ indent: 4, lineWidth: 0 });
}

/** How the stack reaches the cluster's node; undefined where that is simulated. */
export interface StackNode {
    readonly hostKey: string;
    /** Where its containerd looks for `hosts.toml` files. */
    readonly directory: string;
    readonly containerdConfig: string;
    /** PEM, of the registry that is asked over TLS. */
    readonly certificate: string;
}

/** The stack file with the node of this sandbox, or without nodes. */
export function withNode(stackFile: string, node: StackNode | undefined): string {
    const document = parseDocument(stackFile);
    if (!document.hasIn(["config", nodesKey])) return stackFile;
    if (node === undefined) document.deleteIn(["config", nodesKey]);
    else {
        const { hostKey, certificate, ...directories } = node;
        for (const [key, path] of Object.entries(directories)) document.setIn(["config", nodesKey, key], path);
        document.setIn(["config", nodesKey, "hosts", "sandbox", "hostKey"], hostKey);
        const { upstreams } = (parse(stackFile) as { config: Record<string, NodesOfStack> }).config[nodesKey] ?? {};
        for (const [name, { mirrors }] of Object.entries(upstreams ?? {}))
            mirrors.forEach(({ url }, i) => {
                if (url.startsWith("https:"))
                    document.setIn(["config", nodesKey, "upstreams", name, "mirrors", i, "ca"], certificate);
            });
    }
    return document.toString({ indent: 4, lineWidth: 0 });
}

interface NodesOfStack {
    readonly upstreams: Readonly<Record<string, { readonly mirrors: readonly { readonly url: string }[] }>>;
}

/** The machines of this sandbox, as far as their parts have made them by now. */
export interface StackMachines {
    readonly vm: StackVm | undefined;
    readonly node: StackNode | undefined;
}

/** `cicd:images` of the committed stack file, if it says anything of them. */
export function declaredImages(root: string): unknown {
    const stack: unknown = parse(readIfThere(committedFile(root)) ?? "{}");
    return (stack as { config?: Record<string, unknown> } | null)?.config?.[imagesKey];
}

/**
 * Writes `.sandbox/Pulumi.sandbox.yaml`, which the environment of the sandbox points the engine to.
 *
 * @param machines that are reached over SSH
 * @param images names that differ here from those of the committed file, by their key in `cicd:images`
 */
export function renderStackFile(
    places: Places,
    ports: Ports,
    images: Readonly<Record<string, string>>,
    { vm, node }: StackMachines,
): void {
    const committed = readIfThere(committedFile(places.root));
    if (committed === undefined) return;
    const target = join(places.state, "Pulumi.sandbox.yaml");
    const here = withImages(withChosenPorts(committed, ports, readIfThere(target)), images);
    writeAtomically(target, withNode(withVm(here, vm), node), 0o600);
}

function committedFile(root: string): string {
    return join(root, "Pulumi.sandbox.yaml");
}
