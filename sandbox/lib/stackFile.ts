import { join } from "node:path";
import { isMap, parseDocument } from "yaml";
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
        if (ports[name] !== port)
            text = text.replaceAll(new RegExp(`127\\.0\\.0\\.1:${port}(?!\\d)`, "g"), `127.0.0.1:@${name}@`);
    }
    // In two steps, as a chosen port may be another one's default.
    text = text.replace(/127\.0\.0\.1:@([a-z-]+)@/g, (_, name: PortName) => `127.0.0.1:${ports[name]}`);
    const kept = parseDocument(earlier).contents;
    if (!isMap(kept)) return text;
    const document = parseDocument(text);
    for (const { key, value } of kept.items) {
        if (/^(encryption|secretsprovider)/.test(String(key))) document.set(key, value);
    }
    return document.toString({ lineWidth: 0 });
}

/** Writes `.sandbox/Pulumi.sandbox.yaml`, which the environment of the sandbox points the engine to. */
export function renderStackFile(places: Places, ports: Ports): void {
    const committed = readIfThere(join(places.root, "Pulumi.sandbox.yaml"));
    if (committed === undefined) return;
    const target = join(places.state, "Pulumi.sandbox.yaml");
    writeAtomically(target, withChosenPorts(committed, ports, readIfThere(target)), 0o600);
}
