import type { Collection, WoodpeckerClient } from "../../../providers/woodpecker/client.js";
import { type Finding, finding } from "../finding.js";
import type { StateResource } from "../state.js";
import { type Audited, type Auditor, auditEach, nothing } from "./auditor.js";
import { shown } from "./shown.js";

const REPOSITORY = "woodpecker:index:Repository";

/** What a repository holds besides its settings: where it is listed, and what tells entries apart. */
const kinds = [
    { noun: "secret", type: "woodpecker:index:RepositorySecret", key: "name", path: "secrets" },
    { noun: "cron", type: "woodpecker:index:Cron", key: "name", path: "cron" },
    { noun: "registry", type: "woodpecker:index:RepositoryRegistry", key: "address", path: "registries" },
] as const;

/** Settings nobody declares that hand the repository over to somebody: they are empty unless somebody wants something. */
const dangerous = [
    ["trusted", "trusted"],
    ["configFile", "config_file"],
    ["netrcTrusted", "netrc_trusted"],
    ["approvalAllowedUsers", "approval_allowed_users"],
    ["configExtensionEndpoint", "config_extension_endpoint"],
    ["registryExtensionEndpoint", "registry_extension_endpoint"],
    ["secretExtensionEndpoint", "secret_extension_endpoint"],
] as const;

/** The other settings: they may be what they like, but not change without anybody declaring it. */
const quiet = [
    ["allowPullRequests", "allow_pr"],
    ["visibility", "visibility"],
] as const;

/** Looks at what stands in managed repositories of Woodpecker beside what is declared. */
export function woodpeckerAuditor(
    stack: string,
    state: readonly StateResource[],
    connect: () => WoodpeckerClient,
): Auditor {
    return {
        system: "Woodpecker",
        async audit(): Promise<Audited> {
            const repositories = state.filter(({ type }) => type === REPOSITORY);
            if (repositories.length === 0) return nothing;
            const client = connect();
            return auditEach(
                repositories,
                (resource) => ({ resource: resource.urn, type: REPOSITORY, name: nameOf(resource) }),
                async (resource) => {
                    const id = Number(resource.outputs.repositoryId);
                    const live = await client.repository(id);
                    // That it is gone is the engine's finding.
                    if (!live?.active) return [];
                    return [
                        ...settingsOf(stack, resource, live as unknown as Record<string, unknown>),
                        ...(await strays(stack, resource, client, state)),
                    ];
                },
            );
        },
    };
}

const nameOf = ({ inputs, outputs }: StateResource) => `repository ${inputs.fullName ?? outputs.fullName}`;

async function strays(
    stack: string,
    resource: StateResource,
    client: WoodpeckerClient,
    state: readonly StateResource[],
): Promise<Finding[]> {
    const repositoryId = Number(resource.outputs.repositoryId);
    const repository = String(resource.inputs.fullName);
    const collections: Record<string, Collection<object>> = {
        secret: client.secrets({ repositoryId }),
        cron: client.crons(repositoryId),
        registry: client.registries({ repositoryId }),
    };
    const found: Finding[] = [];
    for (const { noun, type, key, path } of kinds) {
        const live = (await collections[noun]?.list()) as unknown as Record<string, unknown>[];
        const declared = new Set(
            state
                .filter((each) => each.type === type && Number(each.outputs.repositoryId) === repositoryId)
                .map((each) => String(each.outputs[key] ?? each.inputs[key])),
        );
        for (const entry of live.filter((each) => !declared.has(String(each[key])))) {
            const name = String(entry[key]);
            const at = noun === "cron" ? String(entry.id) : encodeURIComponent(name);
            found.push(
                finding({
                    stack,
                    kind: "extra",
                    cause: "undeclared",
                    resource: `woodpecker ${repository} ${noun} ${name}`,
                    type,
                    name: `${noun} ${name} of ${repository}`,
                    seenBy: "audit",
                    differences: [{ path: "", live: detailsOf(noun, entry) }],
                    accept: "declare it in the program, or list it under cicd:drift.expected with a reason",
                    mend: `curl -X DELETE -H @token "$WOODPECKER_SERVER/api/repos/${repositoryId}/${path}/${at}"`,
                }),
            );
        }
    }
    return found;
}

function detailsOf(noun: string, entry: Record<string, unknown>): string {
    if (noun === "cron") return `${entry.schedule} on ${entry.branch}, ${entry.enabled ? "enabled" : "disabled"}`;
    if (noun === "registry") return `as ${entry.username}`;
    return `for ${(entry.events as string[] | undefined)?.join(", ")}`;
}

/** Settings that the program leaves alone, which the engine therefore does not compare. */
function settingsOf(stack: string, resource: StateResource, live: Record<string, unknown>): Finding[] {
    const undeclared = ([property]: readonly [string, string]) => resource.inputs[property] === undefined;
    const differences = [
        ...dangerous
            .filter(undeclared)
            .filter(([, field]) => isSet(live[field]))
            .map(([property, field]) => ({ path: property, live: shown(live[field], property) ?? "" })),
        ...quiet
            .filter(undeclared)
            .filter(
                ([property, field]) =>
                    resource.outputs[property] !== undefined && resource.outputs[property] !== live[field],
            )
            .map(([property, field]) => ({
                path: property,
                declared: `${resource.outputs[property]} at the last up`,
                live: String(live[field]),
            })),
    ];
    if (differences.length === 0) return [];
    return [
        finding({
            stack,
            kind: "extra",
            cause: "undeclared",
            resource: resource.urn,
            type: REPOSITORY,
            name: nameOf(resource),
            seenBy: "audit",
            differences,
            accept: "declare the setting in the program, or list it under cicd:drift.expected with a reason",
            mend: "set it back in the repository's settings in Woodpecker",
        }),
    ];
}

/** Empty, or a map of rights none of which is given, is not set. The engine's own image is trusted from the start. */
function isSet(value: unknown): boolean {
    if (Array.isArray(value)) return value.length > 0;
    if (typeof value === "object" && value !== null) return Object.values(value).some(Boolean);
    return Boolean(value);
}
