import type { CredentialSource } from "../../config/credentials.js";
import type { App, SecretSync, Settings } from "../../config/settings.js";
import { pathsOf } from "../../jobs/secret-sync/mapping.js";

/** The stations of a change, from left to right. */
export const stations = ["repository", "build", "image", "deploy", "runs"] as const;
export type Station = (typeof stations)[number];

export interface Node {
    readonly id: string;
    readonly station: Station;
    /** What it is called; the first line. */
    readonly title: string;
    readonly details: readonly string[];
}

export interface Edge {
    readonly from: string;
    readonly to: string;
}

/** One application's way. */
export interface Lane {
    readonly app: string;
    readonly nodes: readonly Node[];
    readonly edges: readonly Edge[];
}

/** A credential or a watcher: what it is, where it comes from, where it goes. */
export interface Link {
    readonly what: string;
    readonly from: string;
    readonly to: string;
}

/** The declared pipeline. */
export interface PipelineGraph {
    readonly lanes: readonly Lane[];
    readonly credentials: readonly Link[];
    readonly watchers: readonly Link[];
}

/** The pipeline as the settings declare it. */
export function graphOf(settings: Settings): PipelineGraph {
    return {
        lanes: (settings.delivery?.apps ?? []).map((app) => laneOf(app, settings)),
        credentials: credentialsOf(settings),
        watchers: watchersOf(settings),
    };
}

function laneOf(app: App, { infra }: Settings): Lane {
    const id = (station: Station, index = 0) => `${app.name}-${station}-${index}`;
    const onWoodpecker = app.build === "woodpecker";
    const portal = infra?.portal?.name === app.name;
    const registered = app.woodpeckerId === undefined ? [] : [`id ${app.woodpeckerId}`];
    const nodes: Node[] = [
        {
            id: id("repository"),
            station: "repository",
            title: app.repository.fullName,
            details: [...(app.directory ? [app.directory] : []), app.branches.join(", ")],
        },
        {
            id: id("build"),
            station: "build",
            title: onWoodpecker ? "Woodpecker" : "GitHub Actions",
            details: onWoodpecker && portal ? ["by name only"] : ["at a push"],
        },
        ...app.images.map(({ name }, i): Node => ({ id: id("image", i), station: "image", title: name, details: [] })),
        {
            id: id("deploy"),
            station: "deploy",
            title: "Woodpecker",
            details: [...registered, app.sha ? `pinned to ${app.sha}` : "newest build"],
        },
        ...app.deployments.map(
            ({ namespace, deployment, container }, i): Node => ({
                id: id("runs", i),
                station: "runs",
                title: `${namespace}/${deployment}`,
                details: container === deployment ? [] : [`container ${container}`],
            }),
        ),
    ];
    const images = app.images.map(({ name }, i) => ({ name, id: id("image", i) }));
    const edges: Edge[] = [
        { from: id("repository"), to: id("build") },
        ...images.map((image) => ({ from: id("build"), to: image.id })),
        ...images.map((image) => ({ from: image.id, to: id("deploy") })),
        ...app.deployments.map((_, i) => ({ from: id("deploy"), to: id("runs", i) })),
    ];
    return { app: app.name, nodes, edges };
}

function credentialsOf({ credentials, delivery, vault, secretSync, secretExtension }: Settings): Link[] {
    if (!delivery) return [];
    const source = (from: CredentialSource) =>
        typeof from === "object" ? `Vault ${vault?.mounts.kv}/${from.vault.path}` : "stack config, encrypted";
    const onGitHub = count(delivery.apps.filter(({ build }) => build === "github-actions").length, "repository");
    const everywhere = count(delivery.apps.length, "repository");
    const { dockerhubUsername, dockerhubToken, woodpeckerToken, slackWebhook } = credentials;
    const { pipelineNamespace, deployServiceAccount } = delivery.woodpecker;
    return [
        ...(dockerhubUsername && dockerhubToken
            ? [
                  {
                      what: "login of the registry",
                      from: source(dockerhubToken),
                      to: `GitHub Actions of ${onGitHub}, Woodpecker of ${everywhere}`,
                  },
              ]
            : []),
        ...(woodpeckerToken
            ? [{ what: "token of Woodpecker", from: source(woodpeckerToken), to: `GitHub Actions of ${onGitHub}` }]
            : []),
        ...(slackWebhook
            ? [{ what: "webhook of Slack", from: source(slackWebhook), to: `Woodpecker of ${everywhere}` }]
            : []),
        {
            what: "right to deploy, for minutes",
            from: `Vault, to ${pipelineNamespace}/${deployServiceAccount}`,
            to: `${count(new Set(delivery.apps.flatMap((app) => app.deployments.map((d) => d.namespace))).size, "namespace")}`,
        },
        ...(secretSync
            ? [
                  {
                      what: "what all pipelines share",
                      from: sourcesOf(secretSync),
                      to: "Woodpecker, by the secret sync",
                  },
              ]
            : []),
        ...(secretExtension
            ? [
                  {
                      what: "what pipelines get when they are made",
                      from: sourcesOf(secretExtension),
                      to: "allowed repositories, by the secret extension",
                  },
              ]
            : []),
    ];
}

function sourcesOf({ mapping, vault }: Pick<SecretSync, "mapping" | "vault">): string {
    return pathsOf(mapping)
        .map((path) => `Vault ${vault.mounts.kv}/${path}`)
        .join(", ");
}

function watchersOf({ integrityProbe, secretSync, infra }: Settings): Link[] {
    const drift = infra?.pipelines["drift-detection"];
    return [
        ...(integrityProbe
            ? [
                  {
                      what: "integrity probe",
                      from: `${integrityProbe.namespace}, ${integrityProbe.schedule}`,
                      to: `every image of ${new URL(integrityProbe.registryUrl).host}`,
                  },
              ]
            : []),
        ...(secretSync
            ? [
                  {
                      what: "secret sync",
                      from: `${secretSync.namespace}, ${secretSync.schedule}`,
                      to: "Woodpecker's secrets against Vault",
                  },
              ]
            : []),
        ...(drift
            ? [{ what: "drift detection", from: `Woodpecker, ${drift.schedule}`, to: "everything declared" }]
            : []),
    ];
}

function count(number: number, noun: string): string {
    const plural = noun.endsWith("y") ? `${noun.slice(0, -1)}ies` : `${noun}s`;
    return `${number} ${number === 1 ? noun : plural}`;
}
