import type { Check } from "../lib/check.js";
import { credentialsIn } from "../lib/credential.js";
import { isMarked, type Leaf, textsIn } from "../lib/resource.js";

export const secretMarked: Check = {
    name: "secret-is-marked",
    description: "Values that are secret are marked secret.",
    why: "What is not marked stands in the state, its backups and the output of every preview in clear.",
    remedy: "Wrap the value where it enters the program: `pulumi.secret(value)` or `config.requireSecret(key)`. What was in a state in clear has leaked: replace it.",
    severity: "critical",
    looksAtSecrets: true,
    find: (resource) => {
        const { secretPaths } = resource;
        if (!secretPaths) return [{ subject: "state", message: "it could not be seen what is marked secret" }];
        return textsIn(resource.properties)
            .filter(({ path, value }) => value !== "" && !isMarked(path, secretPaths))
            .flatMap((leaf) => complaint(resource.type, leaf).map((message) => ({ subject: leaf.path, message })));
    },
};

/** Properties that hold a secret whatever it looks like. */
const places: readonly (readonly [type: RegExp, path: RegExp])[] = [
    [/^github:index\/\w+Secret:/, /^(?:value|plaintextValue)$/],
    [/^woodpecker:index:\w*Secret$/, /^value$/],
    [/^kubernetes:core\/v1:Secret(?:Patch)?$/, /^(?:data|stringData)\./],
    [/^vault:kv\/secret/, /^data(?:Json|JsonWo)$/],
    [/^vault:generic\/secret:/, /^dataJson$/],
    [/^command:/, /^connection\.(?:proxy\.)?(?:password|privateKey|privateKeyPassword)$/],
];

/** Names that mean a secret on any resource; what ends in `Name`, `Ttl` or `Policies` is about one. */
const names =
    /(?:^|\.)(?:password|passwd|passphrase|privateKey|secretKey|secretId|clientSecret|token|apiKey|apiToken|accessToken|tokenReviewerJwt|serviceAccountJwt|webhookUrl)$/i;

function complaint(type: string, { path, value }: Leaf<string>): string[] {
    const [kind] = credentialsIn(value);
    if (kind) return [`${path} holds what looks like ${kind} and is not marked secret`];
    const secret = names.test(path) || places.some(([types, paths]) => types.test(type) && paths.test(path));
    return secret ? [`${path} is not marked secret`] : [];
}
