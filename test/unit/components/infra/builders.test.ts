import { expect } from "chai";
import fc from "fast-check";
import { parse } from "yaml";
import { infraDocuments, infraPipelines } from "../../../../components/infra/pipelines.js";
import { builtTag } from "../../../../components/woodpecker/workflow.js";
import { parseSettings } from "../../../../config/parse.js";
import { substitute } from "../../../support/envsubst.js";
import { anyInfra, rawInfra } from "../../../support/infraSettings.js";

const commit = "12345e10aaaabbbbccccddddeeeeffff00001111";

function build(infra: object, slack: boolean) {
    const settings = parseSettings(rawInfra(infra as Record<string, unknown>));
    if (!settings.infra) throw new Error("no infra repository");
    return infraPipelines({ infra: settings.infra, slack });
}

/** The document as data, with the tag that Woodpecker puts in. */
function meant(workflow: unknown): unknown {
    return JSON.parse(JSON.stringify(workflow), (_key, value) => (value === builtTag ? commit.slice(0, 8) : value));
}

describe("the files of the infra pipelines", () => {
    it("read back as what was meant, for any settings", () => {
        fc.assert(
            fc.property(anyInfra, fc.boolean(), (infra, slack) => {
                const pipelines = build(infra, slack);
                const documents = new Map(infraDocuments(pipelines).map(({ path, content }) => [path, content]));
                for (const { name, workflow } of pipelines) {
                    const text = documents.get(`.woodpecker/${name}.yml`) ?? "";
                    // As Woodpecker reads it: first substitution, then YAML (1.1, the stricter reading).
                    const read = parse(substitute(text, { CI_COMMIT_SHA: commit }), { version: "1.1" });
                    expect(read, name).to.deep.equal(meant(workflow));
                    expect(text)
                        .to.match(/[^\n]\n$/)
                        .and.not.contain("\r");
                }
            }),
            { numRuns: 20 },
        );
    });

    it("hand what the settings say to the step that uses it, as it is", () => {
        fc.assert(
            fc.property(anyInfra, (infra) => {
                const raw = infra.pipelines as Record<string, Record<string, never>>;
                const environments = new Map(
                    build(infra, false).map(({ name, workflow }) => {
                        const [step] = workflow.steps;
                        return [name as string, step && "environment" in step ? step.environment : {}];
                    }),
                );
                expect(environments.get("renew-tls")).to.include({
                    SKIPPED_NAMESPACES: raw["renew-tls"]?.skippedNamespaces,
                    BRANCH: infra.branch,
                });
                expect(environments.get("issue-automation")).to.include({
                    AGENT: raw["issue-automation"]?.agent,
                    POLLS: String(raw["issue-automation"]?.polls),
                });
                const files = (raw["registry-config-sync"]?.files ?? []) as { file: string; service?: string }[];
                expect(environments.get("registry-config-sync")).to.include({
                    FILES: files.map(({ file, service = "-" }) => `${file} ${file} ${service}\n`).join(""),
                });
            }),
            { numRuns: 20 },
        );
    });

    it("never answer to one manual run together, and never to one that names nothing", () => {
        fc.assert(
            fc.property(anyInfra, (infra) => {
                const guards = build(infra, true).flatMap(({ workflow }) =>
                    workflow.when.filter(({ event }) => [event].flat().includes("manual")).map((w) => w.evaluate ?? ""),
                );
                const asked = guards.map((guard) => /^PIPELINE == "([^"]+)" && /.exec(guard)?.[1]);
                expect(asked).to.not.include(undefined);
                expect(new Set(asked).size).to.equal(guards.length);
            }),
            { numRuns: 20 },
        );
    });
});
