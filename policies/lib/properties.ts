import { Secret } from "@pulumi/policy";
import { join, type Properties, unknownYet, type Value } from "./resource.js";

/**
 * Plain data of what the SDK hands a policy: a proxy that throws where a value is not known yet.
 *
 * One unknown property must not keep a policy from judging the others, which is what the error would do.
 */
export function readProperties(props: Readonly<Record<string, unknown>>): Properties {
    return Object.fromEntries(Object.keys(props).map((key) => [key, read(() => props[key])]));
}

function read(get: () => unknown): Value {
    let value: unknown;
    try {
        value = get();
    } catch {
        return unknownYet;
    }
    if (Array.isArray(value)) return Array.from({ length: value.length }, (_, i) => read(() => value[i]));
    if (typeof value === "object" && value !== null) {
        // Assets and archives are files beside the program; a policy sees their text or nothing.
        if ("text" in value && isAsset(value)) return read(() => value.text);
        return isAsset(value) ? unknownYet : readProperties(value as Record<string, unknown>);
    }
    return value as Value;
}

function isAsset(value: object): boolean {
    return "__pulumiAsset" in value || "__pulumiArchive" in value;
}

/**
 * Paths of what is marked secret, from what the SDK hands a remediation.
 *
 * Reading a property gives its plain value there; how it is kept stands in its descriptor.
 */
export function secretPathsOf(props: object, path = "", found = new Set<string>()): ReadonlySet<string> {
    for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(props))) {
        const here = join(path, key);
        if (value instanceof Secret) found.add(here);
        else if (typeof value === "object" && value !== null) secretPathsOf(value, here, found);
    }
    return found;
}
