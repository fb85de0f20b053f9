import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { writeAtomically } from "../lib/files.js";
import { request } from "../lib/http.js";
import type { Places } from "../lib/places.js";
import { run } from "../lib/run.js";

/** Marks the ConfigMaps that hold rules, as the stack file has it. */
const label = "role=alert-rules";

interface ConfigMapList {
    readonly items: readonly {
        readonly metadata: { readonly namespace: string };
        readonly data?: Readonly<Record<string, string>>;
    }[];
}

interface RuleFile {
    readonly groups: readonly { readonly rules: readonly { readonly alert?: string }[] }[];
}

/**
 * Hands the alert rules that are declared in the cluster to the sandbox's Prometheus, as a side-car of Prometheus does elsewhere.
 *
 * @returns names of the alerts
 */
export async function loadAlertRules(
    places: Places,
    environment: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
    const args = ["get", "configmaps", "--all-namespaces", "--selector", label, "--output", "json"];
    const { items } = JSON.parse((await run("kubectl", args, { env: environment })).stdout) as ConfigMapList;
    const files = items.flatMap(({ metadata, data = {} }) =>
        Object.entries(data).map(([name, text]) => ({ name: `${metadata.namespace}-${name}`, text })),
    );
    const directory = join(places.state, "prometheus", "rules");
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    for (const { name, text } of files) {
        // Prometheus reads what ends in .yml.
        writeAtomically(join(directory, name.replace(/(\.ya?ml)?$/, ".yml")), text);
    }
    await request(`${environment.PROMETHEUS_URL}/-/reload`, { method: "POST" });
    return files
        .flatMap(({ text }) => (parse(text) as RuleFile).groups)
        .flatMap(({ rules }) => rules.flatMap(({ alert }) => alert ?? []))
        .sort();
}
