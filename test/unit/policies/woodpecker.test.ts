import { expect } from "chai";
import { woodpeckerCron } from "../../../policies/checks/woodpeckerCron.js";
import { woodpeckerFallback } from "../../../policies/checks/woodpeckerFallback.js";
import { woodpeckerManual } from "../../../policies/checks/woodpeckerManual.js";
import { woodpeckerQuotes } from "../../../policies/checks/woodpeckerQuotes.js";
import { woodpeckerSecretsList } from "../../../policies/checks/woodpeckerSecretsList.js";
import type { Check } from "../../../policies/lib/check.js";
import { messages, woodpeckerFile } from "../../support/policies.js";

const when = (filters: string, name?: string) => woodpeckerFile(`when: ${filters}\nsteps: []`, name);
const stops = (check: Check, file: ReturnType<typeof when>) => messages(check, file).length > 0;

describe("woodpecker-manual-is-guarded", () => {
    for (const filters of [
        `[{event: manual, evaluate: 'PIPELINE == "x"'}]`,
        `[{event: [manual, deployment], evaluate: 'DEPLOY_APP == "shop" && IMAGE_TAG matches "^[0-9a-f]{8}$"'}]`,
        `[{event: manual, evaluate: '(PIPELINE == "x") || PIPELINE == "y"'}]`,
        "{event: push}",
    ]) {
        it(`takes ${filters}`, () => expect(stops(woodpeckerManual, when(filters))).to.equal(false));
    }
    for (const filters of [
        "[{event: manual}]",
        "[{event: push}, {event: [cron, manual]}]",
        "[{branch: main}]",
        "[]",
        `[{event: manual, evaluate: 'CI_REPO == "acme/shop"'}]`,
        `[{event: manual, evaluate: 'PIPELINE == "x" || true'}]`,
        `[{event: manual, evaluate: 'PIPELINE == "x" or CI_COMMIT_BRANCH == "main"'}]`,
        `[{event: manual, evaluate: 'PIPELINE != "x"'}]`,
        `[{event: manual, evaluate: '!(PIPELINE == "x")'}]`,
        `[{event: manual, evaluate: 'PIPELINE == ""'}]`,
    ]) {
        it(`stops ${filters}`, () => expect(stops(woodpeckerManual, when(filters))).to.equal(true));
    }
});

describe("woodpecker-cron-is-named", () => {
    it("takes a named cron, a variable that the cron sets, and other events", () => {
        expect(stops(woodpeckerCron, when("[{event: cron, cron: nightly}]"))).to.equal(false);
        expect(stops(woodpeckerCron, when(`[{event: cron, evaluate: 'PIPELINE == "x"'}]`))).to.equal(false);
        expect(stops(woodpeckerCron, when("[{event: push}]"))).to.equal(false);
    });
    it("stops a workflow that runs at every cron", () => {
        expect(stops(woodpeckerCron, when("[{event: [push, cron]}]"))).to.equal(true);
        expect(stops(woodpeckerCron, when("[{branch: main}]"))).to.equal(true);
    });
});

describe("woodpecker-fallback-only-by-name", () => {
    const fallback = (filters: string) => when(filters, "build-fallback");
    for (const filters of [
        `[{event: manual, evaluate: 'PIPELINE == "build-fallback"'}]`,
        `[{event: deployment, evaluate: 'CI_PIPELINE_DEPLOY_TARGET == "build-fallback" && IMAGE_TAG == ""'}]`,
    ]) {
        it(`takes ${filters}`, () => expect(stops(woodpeckerFallback, fallback(filters))).to.equal(false));
    }
    for (const filters of [
        "[{event: deployment}]",
        "[{event: push}]",
        `[{event: [push, manual], evaluate: 'PIPELINE == "build-fallback"'}]`,
        `[{event: manual, evaluate: 'PIPELINE == "deploy"'}]`,
        `[{event: deployment, evaluate: 'CI_PIPELINE_DEPLOY_TARGET == "build-fallback" || PIPELINE == ""'}]`,
        `[{evaluate: 'PIPELINE == "build-fallback"'}]`,
    ]) {
        it(`stops ${filters}`, () => expect(stops(woodpeckerFallback, fallback(filters))).to.equal(true));
    }
    it("is about fallbacks alone", () => {
        expect(stops(woodpeckerFallback, when("[{event: push}]", "build"))).to.equal(false);
    });
});

describe("woodpecker-substitution-is-quoted", () => {
    const step = (line: string) => woodpeckerFile(`steps:\n  - name: a\n    image: b:1\n    ${line}\n`);
    for (const line of [
        'settings: { tag: "${CI_COMMIT_SHA:0:8}" }',
        "settings: { tag: '${A}:${B}' }",
        "commands: [ 'echo $${NAME} $NAME' ]",
        "commands: [ echo $NAME ]",
        "commands:\n      - |\n        echo ${CI_COMMIT_SHA}",
    ]) {
        it(`takes ${JSON.stringify(line)}`, () => expect(messages(woodpeckerQuotes, step(line))).to.deep.equal([]));
    }
    for (const line of [
        "tag: ${CI_COMMIT_SHA:0:8}",
        "commands:\n      - docker tag ${A}:${B}",
        "environment: { IMAGE: acme/shop:${CI_COMMIT_SHA} }",
        "commands:\n      - ${A}:${B}\n        - broken: [",
    ]) {
        it(`stops ${JSON.stringify(line)}`, () => expect(messages(woodpeckerQuotes, step(line))).to.have.length(1));
    }
});

describe("woodpecker-secrets-by-reference", () => {
    it("takes from_secret and stops a list, in steps and services, as list and as map", () => {
        const good = "steps: [{name: a, image: b:1, environment: {TOKEN: {from_secret: token}}}]";
        expect(messages(woodpeckerSecretsList, woodpeckerFile(good))).to.deep.equal([]);
        for (const bad of [
            "steps: [{name: a, image: b:1, secrets: [token]}]",
            "steps: {a: {image: b:1, secrets: [token]}}",
            "steps: []\nservices: [{name: a, image: b:1, secrets: [token]}]",
        ])
            expect(messages(woodpeckerSecretsList, woodpeckerFile(bad)), bad).to.have.length(1);
    });
});

describe("a workflow with anchors", () => {
    it("is judged as Woodpecker reads it", () => {
        const merged = "x: &x {secrets: [token]}\nsteps:\n  - <<: *x\n    name: a\n    image: b:1\n";
        expect(messages(woodpeckerSecretsList, woodpeckerFile(merged))).to.have.length(1);
    });
});
