import { at, isObject, items, type Resource, unknownYet, type Value } from "./resource.js";

/** A rule of a Kyverno policy that makes objects. */
export interface Generator {
    /** Policy and rule, for messages. */
    readonly name: string;
    readonly keepsDownstream: boolean;
    readonly generatesExisting: boolean;
}

/** Rules that generate, in either of Kyverno's two interfaces. */
export function generatorsOf({ type, name, properties }: Resource): Generator[] {
    const { spec } = properties;
    if (/^kubernetes:policies\.kyverno\.io\/\w+:(?:Namespaced)?GeneratingPolicy$/.test(type)) {
        const enabled = (key: string) => isOn(at(spec, "evaluation", key, "enabled"));
        return [
            {
                name,
                keepsDownstream: enabled("orphanDownstreamOnPolicyDelete"),
                generatesExisting: enabled("generateExisting"),
            },
        ];
    }
    if (!/^kubernetes:kyverno\.io\/\w+:(?:ClusterPolicy|Policy)$/.test(type)) return [];
    return items(at(spec, "rules")).flatMap((rule) => {
        const generate = at(rule, "generate");
        if (!isObject(generate)) return [];
        return [
            {
                name: `${name}, rule ${String(at(rule, "name"))}`,
                keepsDownstream: isOn(generate.orphanDownstreamOnPolicyDelete),
                generatesExisting: isOn(generate.generateExisting ?? at(spec, "generateExisting")),
            },
        ];
    });
}

function isOn(value: Value): boolean {
    return value === true || value === unknownYet;
}
