import * as pulumi from "@pulumi/pulumi";
import type { Properties, Resource } from "../../policies/lib/resource.js";
import { type Calls, isSecret, type Made, register } from "./mocks.js";
import { type RawSettings, stackConfig } from "./settings.js";
import { vaultValues } from "./vaultValues.js";

/** Stands for every value that the program reads from Vault. */
export const secretFromVault = "planted-value-from-vault";

/** What the whole program declares on a committed stack, as a policy is shown it; blocks of `changes` replace whole blocks. */
export async function declaredResources(stack: string, changes: RawSettings = {}): Promise<Resource[]> {
    const raw = { ...stackConfig(stack), ...changes };
    const config = Object.entries(raw).map(([key, value]) => [
        `cicd:${key}`,
        typeof value === "string" ? value : JSON.stringify(value),
    ]);
    pulumi.runtime.setAllConfig(Object.fromEntries(config));
    const made = await register(
        async () => {
            const program = (await import("../../index.js")) as unknown as { default: () => Promise<unknown> };
            await program.default();
        },
        { calls: vaultOf(raw), outputs: { "woodpecker:index:Repository": { repositoryId: 7 } } },
    );
    return made.map(toResource);
}

/** Vault with a value under each path and key that the config names. */
function vaultOf(config: RawSettings): Calls {
    const secrets = vaultValues(config, () => secretFromVault);
    return (token, { name }) => {
        // Nothing is mounted yet where the program would mount something.
        if (token === "vault:generic/getSecret:getSecret") return { data: {} };
        if (token !== "vault:kv/getSecretV2:getSecretV2") throw new Error(`unexpected call of ${token}`);
        return { data: secrets.get(name as string) ?? {} };
    };
}

export function toResource({ type, name, inputs, wire }: Made): Resource {
    return { type, name, properties: inputs as Properties, secretPaths: new Set(markedIn(wire)) };
}

function markedIn(value: unknown, path: readonly string[] = []): string[] {
    if (isSecret(value)) return [path.join(".")];
    if (typeof value !== "object" || value === null) return [];
    return Object.entries(value).flatMap(([key, inner]) => markedIn(inner, [...path, key]));
}
