import fc from "fast-check";

/**
 * Any JSON value but one with a key `__proto__`: the engine's protobuf library keeps fields in a plain object, where that is no key of
 * its own, so that no such value ever reaches a plugin.
 */
export const anyJson = fc.jsonValue({ maxDepth: 3 }).filter((value) => !JSON.stringify(value).includes("__proto__"));
