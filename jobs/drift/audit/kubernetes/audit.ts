import { finding } from "../../finding.js";
import type { KubernetesApi, KubernetesObject } from "../../kubernetes.js";
import { logicalName, type StateResource } from "../../state.js";
import { type Audited, type Auditor, auditEach, nothing, together } from "../auditor.js";
import { MASK, shown } from "../shown.js";
import { auditBindings } from "./bindings.js";
import { type Extra, extrasOf } from "./compare.js";
import { jsonPointer, pathText } from "./paths.js";

/** Compares every Kubernetes object of the state with what the cluster has, where the engine does not look. */
export function kubernetesAuditor(
    stack: string,
    state: readonly StateResource[],
    connect: () => Promise<KubernetesApi>,
): Auditor {
    return {
        system: "Kubernetes",
        async audit(): Promise<Audited> {
            const objects = state.filter(isObject);
            if (objects.length === 0) return nothing;
            const api = await connect();
            const each = await auditEach(
                objects,
                (resource) => ({ resource: resource.urn, type: resource.type, name: titleOf(resource) }),
                async (resource) => {
                    const { apiVersion, kind, namespace, name } = addressOf(resource);
                    const live = await api.get(apiVersion, kind, namespace, name);
                    // That it is gone is the engine's finding.
                    return live ? compared(stack, resource, live) : [];
                },
            );
            return together(each, await auditBindings(stack, objects, api));
        },
    };
}

/** Objects of the program; a Patch names fields of an object that is somebody else's. */
export function isObject({ type, custom, inputs }: StateResource): boolean {
    return custom && /^kubernetes:[^:]+:\w+$/.test(type) && !type.endsWith("Patch") && typeof inputs.kind === "string";
}

export interface Address {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace?: string;
    readonly name: string;
}

export function addressOf({ inputs, outputs }: StateResource): Address {
    const metadata = (outputs.metadata ?? inputs.metadata ?? {}) as { name?: string; namespace?: string };
    const { namespace, name } = metadata;
    return {
        apiVersion: String(inputs.apiVersion ?? outputs.apiVersion),
        kind: String(inputs.kind),
        ...(namespace && { namespace }),
        name: String(name),
    };
}

/** `Role shop/cicd-deployer-shop`. */
export function titleOf(resource: StateResource): string {
    const { kind, namespace, name } = addressOf(resource);
    return `${kind} ${namespace ? `${namespace}/` : ""}${name ?? logicalName(resource.urn)}`;
}

function compared(stack: string, resource: StateResource, live: KubernetesObject) {
    const manager = resource.outputs.__fieldManager;
    const isOurs = (name: string) => name.startsWith("pulumi-kubernetes") || name === manager;
    const extras = extrasOf(resource.inputs as KubernetesObject, live, isOurs);
    if (extras.length === 0) return [];
    const { apiVersion, kind, namespace, name } = addressOf(resource);
    const secret = kind === "Secret" && apiVersion === "v1";
    const differences = extras.map(({ path, value, writers }) => {
        const place = pathText(path);
        // An annotation may hold a copy of the data.
        const hidden = secret && !(path[0] === "metadata" && path[1] === "labels");
        const by = writers.length > 0 ? ` (by ${writers.join(", ")})` : "";
        return { path: place, live: `${hidden ? MASK : (shown(value, place, live) ?? "")}${by}` };
    });
    return [
        finding({
            stack,
            kind: "extra",
            cause: "undeclared",
            resource: resource.urn,
            type: resource.type,
            name: titleOf(resource),
            seenBy: "audit",
            differences,
            accept: "declare it in the program, or list it under cicd:drift.expected with a reason",
            mend: patchCommand({ kind, ...(namespace && { namespace }), name, apiVersion }, extras),
        }),
    ];
}

/** Takes exactly the additions away; later items of a list first, so that positions stay true. */
function patchCommand({ kind, namespace, name }: Address, extras: readonly Extra[]): string {
    if (extras.some(({ path }) => path.at(-1) === "deletionTimestamp")) {
        return `it is being deleted; see its finalizers, then: pulumi up --refresh --run-program`;
    }
    const operations = extras
        .map(({ path }) => ({ op: "remove", path: jsonPointer(path) }))
        .sort((a, b) => b.path.localeCompare(a.path, "en", { numeric: true }));
    const place = namespace ? `-n ${namespace} ` : "";
    const patch = JSON.stringify(operations).replaceAll("'", "'\\''");
    return `kubectl ${place}patch ${kind.toLowerCase()} ${name} --type=json -p '${patch}'`;
}
