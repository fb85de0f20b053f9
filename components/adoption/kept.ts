import type { Live } from "./servers.js";

/** Annotation of a Kubernetes object that stays when its stack is destroyed; its value is the stack's name. */
const KEPT_BY = "cicd/kept-by";

export const keptBy = (stack: string): Readonly<Record<string, string>> => ({ [KEPT_BY]: stack });

/** Whether an object is what an earlier life of the stack left on purpose: that is nobody else's, and need not be adopted. */
export function isKeptBy(stack: string, { metadata }: Live): boolean {
    const { annotations } = (metadata ?? {}) as { readonly annotations?: Readonly<Record<string, string>> };
    return annotations?.[KEPT_BY] === stack;
}
