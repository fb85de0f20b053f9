import type { Resource } from "./resource.js";

/** Whether a resource works on another host over SSH. */
export function usesSsh({ type }: Resource): boolean {
    return /^command:remote:|^host:index:/.test(type);
}

/** Whether a resource runs a shell command, here or on another host. */
export function runsCommand({ type }: Resource): boolean {
    return /^command:(?:remote|local):Command$/.test(type);
}

/** Properties of a command that are run in a shell. */
export const commandTexts = ["create", "update", "delete"] as const;
