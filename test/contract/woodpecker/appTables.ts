import type { Start } from "../../support/triggers.js";

type Row = readonly [what: string, start: Start, expected: string[]];

const deploy = { DEPLOY_APP: "website", IMAGE_TAG: "0123abcd" };
/** Of the application `website`: what starts a pipeline, and the workflows that it runs. */
export const appTable: readonly Row[] = [
    ["a push", { event: "push" }, []],
    ["a pull request", { event: "pull_request" }, []],
    ["a cron", { event: "cron" }, []],
    ["a manual run without variables", { event: "manual" }, []],
    ["a deployment without variables", { event: "deployment" }, []],
    ["the deploy of this application", { event: "manual", variables: deploy }, ["deploy"]],
    ["the same as a deployment", { event: "deployment", variables: deploy }, ["deploy"]],
    ["the deploy of another application", { event: "manual", variables: { ...deploy, DEPLOY_APP: "shop" } }, []],
    [
        "an application whose name begins alike",
        { event: "manual", variables: { ...deploy, DEPLOY_APP: "website2" } },
        [],
    ],
    ["a deploy without a tag", { event: "manual", variables: { DEPLOY_APP: "website" } }, []],
    ["a tag without an application", { event: "manual", variables: { IMAGE_TAG: "0123abcd" } }, []],
    ...[
        "0123abc",
        "0123abcde",
        "0123ABCD",
        "latest",
        "0123abcd\n",
        "$(id)",
        "0123abcd; id",
        '0123abcd" || true',
        "",
    ].map(
        (tag): Row => [
            `the tag ${JSON.stringify(tag)}`,
            { event: "manual", variables: { ...deploy, IMAGE_TAG: tag } },
            [],
        ],
    ),
    ["the fallback by name", { event: "manual", variables: { PIPELINE: "build-fallback" } }, ["build-fallback"]],
    [
        "a deployment whose target is the fallback",
        { event: "deployment", variables: { CI_PIPELINE_DEPLOY_TARGET: "build-fallback" } },
        ["build-fallback"],
    ],
    ["a deployment to production", { event: "deployment", variables: { CI_PIPELINE_DEPLOY_TARGET: "production" } }, []],
    [
        "a deploy that also names the fallback",
        { event: "manual", variables: { ...deploy, PIPELINE: "build-fallback" } },
        ["deploy"],
    ],
    [
        "a deploy whose target is the fallback",
        { event: "deployment", variables: { ...deploy, CI_PIPELINE_DEPLOY_TARGET: "build-fallback" } },
        ["deploy"],
    ],
    ["another pipeline by name", { event: "manual", variables: { PIPELINE: "renew-tls" } }, []],
];
/** Of the same, built on Woodpecker. */
export const builtAppTable: readonly Row[] = [
    ["a push to its branch", { event: "push" }, ["build"]],
    ["a push to another branch", { event: "push", branch: "next" }, []],
    ["a pull request", { event: "pull_request" }, []],
    ["a manual run without variables", { event: "manual" }, []],
    ["its build by name", { event: "manual", variables: { PIPELINE: "build" } }, ["build"]],
    ["its deploy", { event: "manual", variables: deploy }, ["deploy"]],
];
