import type { Origin, PartContext } from "./part.js";

/** The origin of a part that is one real program. */
export function originOf(context: PartContext, program: string): Origin {
    const found = context.provenance(program);
    return { kind: "real", version: found?.version ?? "", from: found?.from ?? "not installed yet" };
}

/** The origin of a part that stands for the real thing. */
export const double: Origin = { kind: "double", version: "", from: "" };
