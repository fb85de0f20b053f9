import type { AppBlock } from "./app.js";
import { credentialSources } from "./credentialSync.js";
import { driftReferences } from "./drift.js";
import { infraSources } from "./infra.js";
import { infraReferences, registeredTwice } from "./infraReferences.js";
import { nodeSources } from "./nodes.js";
import { registryReferences, registrySources } from "./registry.js";
import { releaseReferences } from "./release.js";
import type { Blocks } from "./schema.js";
import { secretExtensionReferences } from "./secretExtension.js";
import { secretSyncReferences } from "./secretSync.js";

/**
 * What no block can see on its own: references between blocks, and two applications in one place.
 *
 * @param broken blocks and `credentials.<name>` that are there but have errors of their own
 */
export function findConflicts(blocks: Blocks, broken: ReadonlySet<string> = new Set()): string[] {
    return [
        ...(broken.has("vault") ? [] : vaultReferences(blocks)),
        ...Object.entries(blocks.apps).flatMap(([name, app]) => [
            ...neededBlocks(name, app, blocks, broken),
            ...ownImages(name, app),
        ]),
        ...infraReferences(blocks, broken),
        ...registeredTwice(blocks),
        ...driftReferences(blocks),
        ...secretSyncReferences(blocks, broken),
        ...secretExtensionReferences(blocks, broken),
        ...registryReferences(blocks),
        ...releaseReferences(blocks, broken),
        ...shared(blocks, "one application a repository", (name, app) => [
            [`cicd:apps.${name}.repository`, app.repository.toLowerCase()],
        ]),
        ...shared(blocks, "one application a container", (name, app) =>
            app.deployments.map((d, i) => [
                `cicd:apps.${name}.deployments.${i}`,
                `${d.namespace}/${d.deployment}/${d.container}`,
            ]),
        ),
        ...pinnedTwice(blocks),
        ...shared(blocks, "one application an image", (name, app) =>
            app.images.map((image, i) => [`cicd:apps.${name}.images.${i}.name`, image.name]),
        ),
    ];
}

/** Credentials without which a kind of build cannot work. */
const neededCredentials = {
    "github-actions": ["dockerhubUsername", "dockerhubToken", "woodpeckerToken"],
    woodpecker: ["dockerhubUsername", "dockerhubToken"],
} as const;

function neededBlocks(name: string, app: AppBlock, blocks: Blocks, broken: ReadonlySet<string>): string[] {
    const key = `cicd:apps.${name}`;
    const off = (["github", "woodpecker", "vault"] as const).filter((block) => !blocks[block] && !broken.has(block));
    const missing = neededCredentials[app.build].filter(
        (c) => !blocks.credentials[c] && !broken.has("credentials") && !broken.has(`credentials.${c}`),
    );
    const problems = [
        ...off.map((block) => `${key}: needs cicd:${block}, which is switched off`),
        ...missing.map((credential) => `${key}: needs cicd:credentials.${credential}, which is missing`),
    ];
    const owner = blocks.github?.owner;
    if (owner && app.repository.split("/")[0]?.toLowerCase() !== owner.toLowerCase()) {
        problems.push(`${key}.repository: "${app.repository}" does not belong to cicd:github.owner "${owner}"`);
    }
    return problems;
}

function ownImages(name: string, app: AppBlock): string[] {
    const names = app.images.map((image) => image.name);
    const problems: string[] = [];
    app.deployments.forEach((deployment, i) => {
        const key = `cicd:apps.${name}.deployments.${i}.image`;
        const allowed = `one of ${names.map((n) => `"${n}"`).join(", ")}`;
        if (deployment.image === undefined && names.length > 1) problems.push(`${key}: missing, must be ${allowed}`);
        if (deployment.image !== undefined && !names.includes(deployment.image)) {
            problems.push(`${key}: "${deployment.image}" is not ${allowed}`);
        }
    });
    const registries = new Set(names.map(registryOf));
    if (registries.size > 1) {
        problems.push(`cicd:apps.${name}.images: ${[...registries].join(" and ")}: must all be in one registry`);
    }
    return problems;
}

/** Registry an image is pushed to; `docker.io` where the name says none. */
export function registryOf(image: string): string {
    const [first = "", ...rest] = image.split("/");
    return rest.length > 0 && (/[.:]/.test(first) || first === "localhost") ? first : "docker.io";
}

type Places = (name: string, app: AppBlock) => (readonly [key: string, place: string])[];

function shared(blocks: Blocks, rule: string, placesOf: Places): string[] {
    const owners = new Map<string, string>();
    return Object.entries(blocks.apps)
        .flatMap(([name, app]) => placesOf(name, app))
        .flatMap(([key, place]) => {
            const owner = owners.get(place);
            if (owner === undefined) owners.set(place, key);
            return owner === undefined ? [] : [`${key}: "${place}" is taken by ${owner}; ${rule}`];
        });
}

/** All pins have one owner of fields: of two in one Deployment, the one applied last would take the other's image away. */
function pinnedTwice({ apps }: Blocks): string[] {
    const owners = new Map<string, string>();
    return Object.entries(apps).flatMap(([name, { sha, deployments }]) =>
        sha === undefined
            ? []
            : [...new Set(deployments.map((d) => `${d.namespace}/${d.deployment}`))].flatMap((place) => {
                  const owner = owners.get(place) ?? name;
                  owners.set(place, owner);
                  if (owner === name) return [];
                  const rule = "one Deployment takes the pin of one application: leave one of the two out";
                  return [`cicd:apps.${name}.sha: ${place} is pinned by cicd:apps.${owner}.sha too; ${rule}`];
              }),
    );
}

function vaultReferences(blocks: Blocks): string[] {
    const { vault, credentials, integrityProbe, credentialSync, infra, registry, nodes } = blocks;
    const references = [
        ...Object.entries(credentials).flatMap(([name, source]) =>
            typeof source === "object" ? [[`cicd:credentials.${name}.vault`, source.vault] as const] : [],
        ),
        ...(["ca", "reviewer"] as const).flatMap((name) =>
            vault?.kubernetes[name] ? [[`cicd:vault.kubernetes.${name}`, vault.kubernetes[name]] as const] : [],
        ),
        ...(infra ? infraSources(infra) : []),
        ...(registry ? registrySources(registry) : []).map(({ key, source }) => [key, source] as const),
        ...(credentialSync ? credentialSources(credentialSync) : []),
        ...(nodes ? nodeSources(nodes) : []),
        ...Object.entries(integrityProbe?.login ?? {}).map(
            ([name, source]) => [`cicd:integrityProbe.login.${name}`, source] as const,
        ),
    ];
    if (!vault) return references.map(([key]) => `${key}: needs cicd:vault, which is switched off`);
    const { kv } = vault.mounts;
    return references
        .filter(([, { path }]) => path.startsWith(`${kv}/`))
        .map(([key, { path }]) => `${key}.path: "${path}" is a path below the mount "${kv}"; leave "${kv}/" off`);
}
