import { defaultMapping, type Mapping, mapping as mappingSchema, pathsOf } from "../jobs/secret-sync/mapping.js";
import type { AppBlock } from "./app.js";
import { type CredentialSyncBlock, ownNamespaces } from "./credentialSync.js";
import type { Credentials } from "./credentials.js";
import type { DashboardBlock } from "./dashboard.js";
import type { DriftBlock } from "./drift.js";
import type { GitHub } from "./github.js";
import type { Images } from "./images.js";
import type { InfraBlock } from "./infra.js";
import type { IntegrityProbeBlock } from "./integrityProbe.js";
import type { NodesBlock } from "./nodes.js";
import type { RegistrationBlock } from "./registrations.js";
import { type RegistryBlock, syncedFiles } from "./registry.js";
import type { ReleaseBlock } from "./release.js";
import type { Blocks } from "./schema.js";
import type { SecretExtensionBlock } from "./secretExtension.js";
import { ownSources, type SecretSyncBlock } from "./secretSync.js";
import type { Vault } from "./vault.js";
import type { Woodpecker } from "./woodpecker.js";

/** An image of an application, with nothing left open. */
export interface AppImage {
    /** Full name without tag. */
    readonly name: string;
    readonly context: string;
    readonly dockerfile: string;
}

/** A container that an image of the application goes into. */
export interface AppDeployment {
    readonly namespace: string;
    readonly deployment: string;
    readonly container: string;
    readonly image: string;
}

/** One application, with nothing left open. */
export interface App {
    readonly name: string;
    readonly repository: { readonly owner: string; readonly name: string; readonly fullName: string };
    /** The first one carries the pipeline's files. */
    readonly branches: readonly [string, ...string[]];
    readonly build: AppBlock["build"];
    readonly directory?: string;
    readonly images: readonly AppImage[];
    readonly deployments: readonly AppDeployment[];
    readonly sha?: string;
    readonly woodpeckerId?: number;
}

export type WoodpeckerSettings = Required<Woodpecker>;
export type VaultSettings = Vault & { readonly inClusterAddress: string };

/** The systems a deploy goes through, and the images its steps run in. */
export interface Delivery {
    readonly github: GitHub;
    readonly woodpecker: WoodpeckerSettings;
    readonly vault: VaultSettings;
    readonly images: Images;
    readonly release: Release;
}

/** How pinned images are rolled out. */
export type Release = ReleaseBlock;

/** The infra repository and its managed pipelines, with nothing left open. */
export interface Infra extends Delivery, Omit<InfraBlock, "branch"> {
    readonly branch: string;
    /** The application that the pipeline `k8s-portal` builds. */
    readonly portal?: App;
    /** Every application that lives in the repository; they share its registration. */
    readonly residents: readonly App[];
    /** What else the program declares, for the pipeline that looks after all of it. */
    readonly declared: {
        readonly apps: readonly string[];
        readonly secretSync: boolean;
        readonly secretExtension: boolean;
        /** Secrets that the sync reads, below the KV mount. */
        readonly syncReads: readonly string[];
        readonly drift?: DriftBlock;
    };
}

/** Repositories that are only registered. */
export interface Registered {
    readonly woodpecker: WoodpeckerSettings;
    readonly repositories: Readonly<Record<string, RegistrationBlock>>;
}

/** The registry VM, with the files in its directory that an infra pipeline brings. */
export interface Registry extends RegistryBlock {
    readonly syncedFiles: readonly string[];
    /** `repository:tag` of what the stack file pins to run, in the private registry. */
    readonly pinned: readonly string[];
}

/** The secret sync and the systems it copies between. */
export interface SecretSync extends SecretSyncBlock {
    readonly namespace: string;
    readonly vault: VaultSettings;
    readonly woodpecker: WoodpeckerSettings;
}

/** The secret extension, who asks it and what it reads. */
export interface SecretExtension extends SecretExtensionBlock {
    readonly namespace: string;
    readonly mapping: Mapping;
    readonly vault: VaultSettings;
    readonly woodpecker: WoodpeckerSettings;
}

/** The registries' credential in every namespace. */
export interface CredentialSync extends CredentialSyncBlock {
    /** Namespaces that the program makes itself. */
    readonly ownNamespaces: readonly string[];
}

/** The whole stack config: plain values, every default filled in. */
export interface Settings {
    /** Take over what exists already instead of failing on it. */
    readonly adopt: boolean;
    readonly credentials: Credentials;
    readonly images: Images;
    readonly github?: GitHub;
    readonly woodpecker?: WoodpeckerSettings;
    readonly vault?: VaultSettings;
    /** Present when there are applications; all three blocks are then. */
    readonly delivery?: Delivery & { readonly apps: readonly App[] };
    readonly infra?: Infra;
    readonly registered?: Registered;
    readonly registry?: Registry;
    readonly nodes?: NodesBlock;
    readonly integrityProbe?: IntegrityProbeBlock;
    readonly secretSync?: SecretSync;
    readonly secretExtension?: SecretExtension;
    readonly credentialSync?: CredentialSync;
    readonly dashboard?: DashboardBlock;
    readonly drift?: DriftBlock;
}

/** Fills in what one block may leave to another. */
export function resolve(blocks: Blocks): Settings {
    const { github, adopt, credentials, images, release } = blocks;
    const woodpecker = blocks.woodpecker && {
        ...blocks.woodpecker,
        inClusterUrl: blocks.woodpecker.inClusterUrl ?? blocks.woodpecker.url,
        pipelineNamespace: blocks.woodpecker.pipelineNamespace ?? blocks.woodpecker.namespace,
    };
    const vault = blocks.vault && {
        ...blocks.vault,
        inClusterAddress: blocks.vault.inClusterAddress ?? blocks.vault.address,
    };
    const apps = Object.entries(blocks.apps).map(([name, block]) => resolveApp(name, block, github?.defaultBranch));
    const systems = github && woodpecker && vault && { github, woodpecker, vault, images, release };
    return {
        adopt,
        credentials,
        images,
        github,
        woodpecker,
        vault,
        registry: blocks.registry && resolveRegistry(blocks.registry, apps, blocks),
        nodes: blocks.nodes,
        integrityProbe: blocks.integrityProbe,
        dashboard: blocks.dashboard,
        secretSync: blocks.secretSync &&
            woodpecker &&
            vault && {
                ...blocks.secretSync,
                namespace: blocks.secretSync.namespace ?? woodpecker.namespace,
                woodpecker,
                vault,
            },
        secretExtension: blocks.secretExtension &&
            woodpecker &&
            vault && {
                ...blocks.secretExtension,
                namespace: blocks.secretExtension.namespace ?? woodpecker.namespace,
                mapping: extensionMapping(blocks),
                woodpecker,
                vault,
            },
        credentialSync: blocks.credentialSync && {
            ...blocks.credentialSync,
            ownNamespaces: ownNamespaces(blocks),
        },
        drift: blocks.drift && resolveDrift(blocks.drift, blocks.credentialSync),
        infra: systems && blocks.infra && resolveInfra(blocks.infra, systems, apps, blocks),
        registered:
            woodpecker && Object.keys(blocks.registrations).length > 0
                ? { woodpecker, repositories: blocks.registrations }
                : undefined,
        delivery: apps.length > 0 && systems ? { ...systems, apps } : undefined,
    };
}

/** One document for both ways in which secrets come to Woodpecker. */
function extensionMapping({ secretExtension, secretSync }: Pick<Blocks, "secretExtension" | "secretSync">): Mapping {
    return secretExtension?.mapping ?? secretSync?.mapping ?? mappingSchema.parse(defaultMapping);
}

function resolveRegistry(block: RegistryBlock, apps: readonly App[], blocks: Blocks): Registry {
    const pinned = apps.flatMap(({ sha, images }) =>
        images.flatMap((image) => {
            const repository = inPrivateRegistry(block, image);
            return sha && repository ? [`${repository}:${sha}`] : [];
        }),
    );
    return { ...block, pinned, syncedFiles: syncedFiles(blocks) };
}

/** Repository of an image in the VM's private registry; nothing for one that is elsewhere. */
export function inPrivateRegistry(
    { name, private: own }: Pick<RegistryBlock, "name" | "private">,
    image: Pick<AppImage, "name">,
): string | undefined {
    const prefix = [`${name}:${own.port}/`, `${name}/`].find((each) => image.name.startsWith(each));
    return prefix && image.name.slice(prefix.length);
}

function resolveApp(name: string, block: AppBlock, defaultBranch = "main"): App {
    const [owner = "", repository = ""] = block.repository.split("/");
    const [first = defaultBranch, ...rest] = block.branches ?? [];
    const images = block.images.map((image) => ({ ...image, dockerfile: image.dockerfile ?? below(image.context) }));
    return {
        name,
        repository: { owner, name: repository, fullName: block.repository },
        branches: [first, ...rest],
        build: block.build,
        directory: block.directory,
        images,
        deployments: block.deployments.map((d) => ({ ...d, image: d.image ?? images[0]?.name ?? "" })),
        sha: block.sha,
        woodpeckerId: block.woodpeckerId,
    };
}

function resolveInfra(
    block: InfraBlock,
    systems: Delivery,
    apps: readonly App[],
    blocks: Pick<Blocks, "secretSync" | "secretExtension" | "drift" | "credentialSync">,
): Infra {
    const isHere = (app: App) => app.repository.fullName.toLowerCase() === block.repository.toLowerCase();
    const { secretSync, secretExtension, drift, credentialSync } = blocks;
    const portal = block.pipelines["k8s-portal"]?.app;
    return {
        ...systems,
        ...block,
        branch: block.branch ?? systems.github.defaultBranch,
        portal: apps.find((app) => app.name === portal),
        residents: apps.filter(isHere),
        declared: {
            apps: apps.map(({ name }) => name),
            secretSync: secretSync !== undefined,
            secretExtension: secretExtension !== undefined,
            syncReads: secretSync
                ? [...pathsOf(secretSync.mapping), ...ownSources(secretSync).map(({ path }) => path)]
                : [],
            ...(drift && { drift: resolveDrift(drift, credentialSync) }),
        },
    };
}

/** The job reads the Secret that is spread, whatever it is called. */
function resolveDrift(drift: DriftBlock, credentialSync: CredentialSyncBlock | undefined): DriftBlock {
    const names = credentialSync ? [...drift.secrets, credentialSync.secretName] : drift.secrets;
    return { ...drift, secrets: [...new Set(names)] };
}

const below = (context: string) => (context === "." ? "Dockerfile" : `${context}/Dockerfile`);
