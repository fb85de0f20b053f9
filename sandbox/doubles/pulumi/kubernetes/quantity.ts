/** Quantities such as `500m` or `1Gi`: the server writes them in a form of its own. */

import type { Value } from "../provider/values.js";

const factors: Readonly<Record<string, number>> = {
    n: 1e-9,
    u: 1e-6,
    m: 1e-3,
    "": 1,
    k: 1e3,
    M: 1e6,
    G: 1e9,
    T: 1e12,
    P: 1e15,
    E: 1e18,
    Ki: 2 ** 10,
    Mi: 2 ** 20,
    Gi: 2 ** 30,
    Ti: 2 ** 40,
    Pi: 2 ** 50,
    Ei: 2 ** 60,
};

const places = new Set(["limits", "requests", "hard", "capacity", "sizeLimit", "divisor", "default", "max", "min"]);

/** Whether two values at a place for quantities mean the same. */
export function sameQuantity(path: readonly (string | number)[], a: Value, b: Value): boolean {
    const [x, y] = [parseQuantity(a), parseQuantity(b)];
    return path.some((part) => typeof part === "string" && places.has(part)) && x !== undefined && x === y;
}

function parseQuantity(value: Value): number | undefined {
    const match = /^([+-]?[0-9.]+)([numkMGTPE]|[KMGTPE]i)?$/.exec(
        typeof value === "number" ? String(value) : textOf(value),
    );
    const number = Number(match?.[1]);
    return match === null || Number.isNaN(number) ? undefined : number * (factors[match[2] ?? ""] ?? 1);
}

const textOf = (value: Value) => (typeof value === "string" ? value : "");
