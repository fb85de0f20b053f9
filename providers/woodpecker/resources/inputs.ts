import * as pulumi from "@pulumi/pulumi";

/** A resource class gets an `Output` for each key of its inputs, so computed ones have to be there as well. */
export function withOutputs(args: object, computed: readonly string[]): pulumi.Inputs {
    return { ...Object.fromEntries(computed.map((key) => [key, undefined])), ...args };
}

/** Marked here and not only by the plugin, so that the value is a secret to transforms and policies too. */
export function secretly<A extends object, K extends keyof A>(args: A, key: K): A {
    return { ...args, [key]: pulumi.secret(args[key]) };
}
