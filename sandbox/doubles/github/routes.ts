import type { Call, Reply } from "./call.js";
import { notFound, refusal, relayed } from "./call.js";
import { atLeast, forward, type GitHub, type Level, type Permitted, repositoryOf } from "./github.js";
import * as deployments from "./handlers/deployments.js";
import * as hooks from "./handlers/hooks.js";
import * as repositories from "./handlers/repositories.js";
import * as secrets from "./handlers/secrets.js";
import * as statuses from "./handlers/statuses.js";
import * as variables from "./handlers/variables.js";

type Handler = (github: GitHub, call: Call) => Promise<Reply>;
type RepositoryHandler = (github: GitHub, call: Call, permitted: Permitted) => Promise<Reply>;

interface Route {
    readonly method: string;
    /** `{name}` is one path segment, `{name+}` the rest of the path or what lies before the next literal. */
    readonly pattern: string;
    readonly handler: Handler;
}

const emulated: Handler = async (github, call) => relayed(await forward(github, call));

/** For what lies below `/repos/{owner}/{repo}`; who may not even see the repository gets 404, as on GitHub. */
function within(least: Level, handler: RepositoryHandler): Handler {
    return async (github, call) => {
        const found = await repositoryOf(github, call);
        if (!("repository" in found)) return found.status === 403 ? notFound : relayed(found);
        if (atLeast(found.level, least)) return handler(github, call, found);
        if (!call.account) return refusal(401, "Requires authentication");
        return found.level === "none" ? notFound : refusal(403, "Resource not accessible by this token");
    };
}

/** The emulator lets every account write to a public repository. */
const emulatedFor = (least: Level): Handler => within(least, emulated);

const REPOSITORY = "/repos/{owner}/{repo}";

/** The whole surface; what is not listed is answered 404 and recorded. The first match counts. */
export const ROUTES: readonly Route[] = [
    route("GET", "/meta", emulated),
    route("GET", "/rate_limit", emulated),
    route("GET", "/user", emulated),
    route("GET", "/user/emails", emulated),
    route("GET", "/user/orgs", emulated),
    route("GET", "/user/repos", repositories.listOwnRepositories),
    route("POST", "/user/repos", emulated),
    route("GET", "/users/{login}", repositories.readUser),
    route("GET", "/orgs/{org}", emulated),
    route("GET", "/orgs/{org}/members", emulated),
    route("GET", "/orgs/{org}/memberships/{login}", emulated),
    route("GET", "/orgs/{org}/repos", repositories.listOrganisationRepositories),
    route("POST", "/orgs/{org}/repos", emulated),
    route("GET", "/repositories/{id}", repositories.readRepository),
    route("GET", REPOSITORY, repositories.readRepository),
    route("PATCH", REPOSITORY, emulatedFor("admin")),
    route("DELETE", REPOSITORY, emulatedFor("admin")),
    ...below(REPOSITORY, [
        route("GET", "/topics", emulatedFor("pull")),
        route("PUT", "/topics", emulatedFor("admin")),
        route("GET", "/collaborators", emulatedFor("push")),
        route("PUT", "/collaborators/{login}", emulatedFor("admin")),
        route("GET", "/collaborators/{login}/permission", emulatedFor("push")),

        route("GET", "/branches", emulatedFor("pull")),
        route("GET", "/branches/{branch+}/protection", emulatedFor("admin")),
        route("PUT", "/branches/{branch+}/protection", emulatedFor("admin")),
        route("DELETE", "/branches/{branch+}/protection", emulatedFor("admin")),
        route("GET", "/branches/{branch+}", within("pull", repositories.readBranch)),
        route("GET", "/git/ref/{ref+}", emulatedFor("pull")),
        route("GET", "/git/matching-refs/{ref+}", emulatedFor("pull")),
        route("POST", "/git/refs", emulatedFor("push")),
        route("PATCH", "/git/refs/{ref+}", emulatedFor("push")),
        route("DELETE", "/git/refs/{ref+}", emulatedFor("push")),
        route("GET", "/git/commits/{sha}", emulatedFor("pull")),
        route("POST", "/git/commits", emulatedFor("push")),
        route("GET", "/git/trees/{sha}", emulatedFor("pull")),
        route("POST", "/git/trees", emulatedFor("push")),
        route("GET", "/git/blobs/{sha}", emulatedFor("pull")),
        route("POST", "/git/blobs", emulatedFor("push")),
        route("GET", "/contents", emulatedFor("pull")),
        route("GET", "/contents/{path+}", emulatedFor("pull")),
        route("PUT", "/contents/{path+}", emulatedFor("push")),
        route("DELETE", "/contents/{path+}", emulatedFor("push")),
        route("GET", "/commits", emulatedFor("pull")),
        route("GET", "/commits/{ref+}/statuses", within("pull", statuses.listStatuses)),
        route("GET", "/commits/{ref+}/status", within("pull", statuses.combinedStatus)),
        route("GET", "/commits/{ref+}", emulatedFor("pull")),
        route("GET", "/compare/{basehead+}", emulatedFor("pull")),
        route("GET", "/pulls", emulatedFor("pull")),
        route("GET", "/pulls/{number}", emulatedFor("pull")),
        route("GET", "/pulls/{number}/files", emulatedFor("pull")),
        route("POST", "/statuses/{sha}", within("push", statuses.createStatus)),

        route("GET", "/deployments", within("pull", deployments.listDeployments)),
        route("POST", "/deployments", within("push", deployments.createDeployment)),
        route("GET", "/deployments/{id}", within("pull", deployments.readDeployment)),
        route("GET", "/deployments/{id}/statuses", within("pull", deployments.listDeploymentStatuses)),
        route("POST", "/deployments/{id}/statuses", within("push", deployments.createDeploymentStatus)),

        route("GET", "/hooks", within("admin", hooks.listHooks)),
        route("POST", "/hooks", within("admin", hooks.createHook)),
        route("GET", "/hooks/{id}", within("admin", hooks.readHook)),
        route("PATCH", "/hooks/{id}", within("admin", hooks.updateHook)),
        route("DELETE", "/hooks/{id}", within("admin", hooks.deleteHook)),
        route("GET", "/hooks/{id}/deliveries", within("admin", hooks.listDeliveries)),
        route("POST", "/hooks/{id}/pings", within("admin", hooks.pingHook)),

        route("GET", "/actions/secrets", within("push", secrets.listSecrets)),
        route("GET", "/actions/secrets/public-key", within("push", secrets.publicKey)),
        route("GET", "/actions/secrets/{name}", within("push", secrets.readSecret)),
        route("PUT", "/actions/secrets/{name}", within("push", secrets.writeSecret)),
        route("DELETE", "/actions/secrets/{name}", within("push", secrets.deleteSecret)),
        route("GET", "/actions/variables", within("push", variables.listVariables)),
        route("POST", "/actions/variables", within("push", variables.createVariable)),
        route("GET", "/actions/variables/{name}", within("push", variables.readVariable)),
        route("PATCH", "/actions/variables/{name}", within("push", variables.updateVariable)),
        route("DELETE", "/actions/variables/{name}", within("push", variables.deleteVariable)),
    ]),
];

function route(method: string, pattern: string, handler: Handler): Route {
    return { method, pattern, handler };
}

function below(prefix: string, routes: readonly Route[]): readonly Route[] {
    return routes.map((inner) => ({ ...inner, pattern: prefix + inner.pattern }));
}

const COMPILED = ROUTES.map((entry) => ({ ...entry, expression: expressionOf(entry.pattern) }));

function expressionOf(pattern: string): RegExp {
    const source = pattern
        .split(/(\{\w+\+?\})/)
        .map((part) => {
            const name = /^\{(\w+)(\+?)\}$/.exec(part);
            if (!name) return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
            return `(?<${name[1]}>${name[2] ? ".+" : "[^/]+"})`;
        })
        .join("");
    return new RegExp(`^${source}/?$`);
}

/** The handler of a request and the parts of its path; `undefined` for what this double does not serve. */
export function matchRoute(
    method: string,
    path: string,
): { handler: Handler; params: Readonly<Record<string, string>> } | undefined {
    for (const { method: served, expression, handler } of COMPILED) {
        const match = served === method ? expression.exec(path) : null;
        if (!match) continue;
        const params = Object.entries(match.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]);
        return { handler, params: Object.fromEntries(params) };
    }
    return undefined;
}
