import * as pulumi from "@pulumi/pulumi";
import { PlainError } from "../../jobs/lib/errors.js";
import { makeWay } from "../kyverno/makeWay.js";
import { POLICY_KINDS } from "../kyverno/names.js";
import { type Declared, describeObject, type ServerObject } from "./serverObject.js";
import type { Servers } from "./servers.js";

/**
 * For each type whose provider cannot make what is there already: removes what stands in the way of a creation and is not worth
 * keeping. All others are made by writing over what is there.
 *
 * They run only for what the state does not have, after it was claimed.
 */
export function wayMakers(
    servers: Servers,
    objectOf: (declared: Declared) => ServerObject | undefined,
): ReadonlyMap<string, pulumi.ResourceHook> {
    const make = (name: string, type: string, work: (object: ServerObject) => Promise<void>) => {
        const callback = async ({ newInputs = {} }: pulumi.ResourceHookArgs) => {
            const object = objectOf({ type, inputs: newInputs });
            if (object) await work(object);
        };
        return [type, new pulumi.ResourceHook(name, callback)] as const;
    };
    return new Map([
        // Its value is about to be overwritten anyway.
        make("remove-variable", "github:index/actionsVariable:ActionsVariable", ({ name, within }) =>
            servers.github.delete(`repos/${within}/actions/variables/${encodeURIComponent(name)}`),
        ),
        make("remove-empty-engine", "vault:kubernetes/secretBackend:SecretBackend", async (engine) => {
            if ((await servers.look(engine)) === undefined) return;
            const [config, roles] = await Promise.all(
                ["config", "roles?list=true"].map((path) => servers.vault.get(`${engine.name}/${path}`)),
            );
            // Its configuration is written after it is mounted: an `up` that is killed in between leaves it without.
            if (config || roles) {
                throw new PlainError(
                    `${describeObject(engine)} is there and in use; run this again, it is taken over then`,
                );
            }
            await servers.vault.delete(`sys/mounts/${engine.name}`);
        }),
        ...Object.entries(POLICY_KINDS).map(([kind, apiVersion]) =>
            make(`remove-${kind}`, `kubernetes:${apiVersion}:${kind}`, async ({ name }) =>
                makeWay(await servers.kubernetes(), name),
            ),
        ),
    ]);
}
