import { appDocuments } from "../../../components/app/documents.js";
import { infraDocuments, infraPipelines } from "../../../components/infra/pipelines.js";
import { parseSettings } from "../../../config/parse.js";
import { stackConfig } from "../../support/settings.js";
import type { Start } from "../../support/triggers.js";

/**
 * Every file under `.woodpecker/` of prod's infra repository: all thirteen kinds there are.
 *
 * @param branch in place of prod's own
 */
export function infraRepository(branch = "master") {
    const raw = stackConfig("prod") as Record<string, object>;
    const { infra, delivery } = parseSettings({ ...raw, infra: { ...raw.infra, branch } });
    if (!infra || !delivery) throw new Error("stack prod has no infra repository");
    const pipelines = infraPipelines({ infra, slack: true });
    const builtElsewhere = true;
    const files = [
        ...infraDocuments(pipelines),
        ...infra.residents.flatMap((app) => appDocuments(app, { delivery, slack: true, builtElsewhere })),
    ].filter(({ path }) => path.startsWith(".woodpecker/"));
    return { infra, pipelines, files };
}

/** One manual run for each file that one can ask for, with what its own guard demands. */
const byHand: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    "build-ci-image": { PIPELINE: "build-ci-image" },
    "k8s-portal": { PIPELINE: "k8s-portal" },
    "registry-config-sync": { PIPELINE: "registry-config-sync" },
    "pve-nfs-exports-sync": { PIPELINE: "pve-nfs-exports-sync" },
    "issue-automation": { PIPELINE: "issue-automation", ISSUE_NUMBER: "17", ISSUE_TITLE: '"; reboot #' },
    "provision-user": { PIPELINE: "provision-user", USERNAME: "ada", EMAIL: "ada@example.org" },
    "build-fallback-k8s-portal": { PIPELINE: "build-fallback-k8s-portal" },
    "deploy-k8s-portal": { DEPLOY_APP: "k8s-portal", IMAGE_TAG: "0123abcd" },
};

const push = (...changed: string[]): Start => ({ event: "push", branch: "master", changed });
const manual = (variables: Record<string, string> = {}): Start => ({ event: "manual", branch: "master", variables });
const portal = "stacks/k8s-portal/modules/k8s-portal/files/src/app.html";

/** What starts a pipeline there, and the workflows that it runs. */
export const infraTable: readonly [what: string, start: Start, expected: readonly string[]][] = [
    ["a push to the branch", push("stacks/dns/main.tf"), ["default", "build-cli"]],
    ["a push of an empty commit", push(), ["default", "build-cli"]],
    ["a push to another branch", { ...push("ci/Dockerfile"), branch: "next" }, ["build-cli"]],
    [
        "a push of the pipelines' own state",
        { ...push("state/dns.tfstate"), variables: { CI_COMMIT_MESSAGE: "State of dns [CI SKIP]" } },
        ["build-cli"],
    ],
    ["a push of ci/Dockerfile", push("ci/Dockerfile"), ["default", "build-cli", "build-ci-image"]],
    ["a push of the portal, which GitHub Actions builds", push(portal), ["default", "build-cli"]],
    [
        "a push of the registry's script",
        push("modules/docker-registry/fix-broken-blobs.sh"),
        ["default", "build-cli", "registry-config-sync"],
    ],
    [
        "a push of what `cicd:registry` brings to the VM",
        push("modules/docker-registry/nginx_registry.conf"),
        ["default", "build-cli"],
    ],
    ["a push of another file beside them", push("modules/docker-registry/README.md"), ["default", "build-cli"]],
    ["a push of the exports", push("scripts/pve-nfs-exports"), ["default", "build-cli", "pve-nfs-exports-sync"]],
    [
        "a push of a post-mortem",
        push("docs/post-mortems/2026-04-22-vault.md"),
        ["default", "build-cli", "postmortem-todos"],
    ],
    ["a push of a picture of one", push("docs/post-mortems/raft.png"), ["default", "build-cli"]],
    ["the cron of the certificate", { event: "cron", branch: "master", cron: "renew-tls-certificate" }, ["renew-tls"]],
    ["the cron of the drift", { event: "cron", branch: "master", cron: "drift-detection" }, ["drift-detection"]],
    ["any other cron", { event: "cron", branch: "master", cron: "nightly" }, []],
    ["a manual run without variables", manual(), []],
    ...Object.entries(byHand).map(([name, variables]): [string, Start, string[]] => [
        `a manual run with ${JSON.stringify(variables)}`,
        manual(variables),
        [name],
    ]),
    ...["default", "renew-tls", "build-cli", "postmortem-todos", "drift-detection"].map(
        (name): [string, Start, string[]] => [`a manual run that names ${name}`, manual({ PIPELINE: name }), []],
    ),
    ["a manual run that names what is not there", manual({ PIPELINE: "registry-config" }), []],
    ["an issue without a number", manual({ PIPELINE: "issue-automation" }), []],
    ["an issue whose number is a command", manual({ PIPELINE: "issue-automation", ISSUE_NUMBER: "1; id" }), []],
    ["an issue without the name", manual({ ISSUE_NUMBER: "17" }), []],
    ...(
        [
            { USERNAME: "ada" },
            { EMAIL: "ada@example.org" },
            { USERNAME: "Ada", EMAIL: "ada@example.org" },
            { USERNAME: "ada;id", EMAIL: "ada@example.org" },
            { USERNAME: "ada\nroot", EMAIL: "ada@example.org" },
            { USERNAME: "ada", EMAIL: "ada@example" },
            { USERNAME: "ada", EMAIL: "$(id)@example.org" },
        ] as Record<string, string>[]
    ).map((user): [string, Start, string[]] => [
        `the user ${JSON.stringify(user)}`,
        manual({ PIPELINE: "provision-user", ...user }),
        [],
    ]),
    [
        "a deploy that also names a pipeline",
        manual({ DEPLOY_APP: "k8s-portal", IMAGE_TAG: "0123abcd", PIPELINE: "registry-config-sync" }),
        ["deploy-k8s-portal"],
    ],
    ["the deploy of another application", manual({ DEPLOY_APP: "website", IMAGE_TAG: "0123abcd" }), []],
    ["a deployment", { event: "deployment", branch: "master" }, []],
    [
        "the deploy as a deployment",
        { event: "deployment", branch: "master", variables: { DEPLOY_APP: "k8s-portal", IMAGE_TAG: "0123abcd" } },
        ["deploy-k8s-portal"],
    ],
    [
        "a deployment that names a pipeline",
        { event: "deployment", branch: "master", variables: { PIPELINE: "provision-user" } },
        [],
    ],
    ["a tag", { event: "tag", branch: "master" }, []],
    ["a pull request", { event: "pull_request", branch: "master", changed: ["ci/Dockerfile"] }, []],
];
