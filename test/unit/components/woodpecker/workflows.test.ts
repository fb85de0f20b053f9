import { expect } from "chai";
import fc from "fast-check";
import { parse } from "yaml";
import { appDocuments } from "../../../../components/app/documents.js";
import { renderWorkflow, type Workflow } from "../../../../components/woodpecker/workflow.js";
import { substitute } from "../../../support/envsubst.js";
import { anyApp, anyLabel, rawApp, settingsOf } from "../../../support/settings.js";

type Parsed = { readonly steps: readonly Record<string, unknown>[] } & Record<string, unknown>;

const commit = "12345e10aaaabbbbccccddddeeeeffff00001111";

function filesOf(raw: object, name = "website", slack = true): Record<string, string> {
    const { delivery } = settingsOf({ [name]: raw });
    return Object.fromEntries(
        delivery.apps.flatMap((app) => appDocuments(app, { delivery, slack })).map((file) => [file.path, file.content]),
    );
}

/** As Woodpecker reads it: first substitution, then YAML (1.1, the stricter reading). */
function read(text: string | undefined): Parsed {
    return parse(substitute(text ?? "", { CI_COMMIT_SHA: commit }), { version: "1.1" }) as Parsed;
}

const woodpeckerBuilt = rawApp({ build: "woodpecker" });

describe("deploy.yml", () => {
    const text = filesOf(rawApp())[".woodpecker/deploy.yml"];
    const workflow = read(text);

    it("runs by hand or as a deployment, for this application and a short SHA only", () => {
        expect(workflow.when).to.deep.equal([
            {
                event: ["manual", "deployment"],
                evaluate: 'DEPLOY_APP == "website" && IMAGE_TAG matches "^[0-9a-f]{8}$"',
            },
        ]);
    });

    it("does not check the repository out, and never runs twice at once", () => {
        expect(workflow).to.deep.include({ skip_clone: true, concurrency: { limit: 1, group: "deploy-website" } });
    });

    it("deploys as its own ServiceAccount, with no secret but what Vault gives", () => {
        const [deploy] = workflow.steps;
        expect(deploy).to.deep.include({
            backend_options: { kubernetes: { serviceAccountName: "woodpecker-deployer" } },
        });
        expect(deploy?.environment).to.deep.include({
            APP: "website",
            DEPLOYMENTS: "website blog website acme/website\n",
            VAULT_ADDR: "https://vault.example.org",
            VAULT_ROLE: "woodpecker-deployer",
            DEPLOY_ROLE: "website-deployer",
        });
        expect(JSON.stringify(deploy)).to.not.contain("from_secret");
    });

    it("tells Slack of success and of failure, and never fails for it", () => {
        const [, success, failure] = workflow.steps;
        expect(success).to.deep.include({ when: [{ status: ["success"] }], failure: "ignore" });
        expect(failure).to.deep.include({ when: [{ status: ["failure"] }], failure: "ignore" });
        expect(failure?.environment).to.deep.include({
            OUTCOME: "failed",
            SLACK_WEBHOOK: { from_secret: "slack_webhook" },
        });
    });

    it("leaves Slack out where there is no webhook", () => {
        const quiet = read(filesOf(rawApp(), "website", false)[".woodpecker/deploy.yml"]);
        expect(quiet.steps.map((step) => step.name)).to.deep.equal(["deploy"]);
    });

    it("leaves nothing to substitution", () => {
        expect(text?.match(/(?<!\$)\$\{/g)).to.equal(null);
    });
});

describe("build-fallback.yml", () => {
    const text = filesOf(rawApp())[".woodpecker/build-fallback.yml"];
    const workflow = read(text);

    it("runs only when asked for by name, and never with the sign of a deploy", () => {
        expect(workflow.when).to.deep.equal([
            { event: ["manual", "deployment"], evaluate: 'PIPELINE == "build-fallback" && IMAGE_TAG == ""' },
            {
                event: "deployment",
                evaluate: 'CI_PIPELINE_DEPLOY_TARGET == "build-fallback" && PIPELINE == "" && IMAGE_TAG == ""',
            },
        ]);
    });

    it("builds for linux/amd64 under the short SHA, quoted so that it stays text, then deploys that tag", () => {
        const [build, deploy] = workflow.steps;
        expect(build?.settings).to.deep.include({
            repo: "acme/website",
            platforms: "linux/amd64",
            provenance: false,
            tags: "12345e10",
            password: { from_secret: "dockerhub_token" },
        });
        expect(deploy?.environment).to.include({ IMAGE_TAG: "12345e10" });
    });

    it("never overlaps a deploy of the same application", () => {
        expect(workflow.concurrency).to.deep.equal(read(filesOf(rawApp())[".woodpecker/deploy.yml"]).concurrency);
    });
});

describe("build.yml of an application built on Woodpecker", () => {
    const files = filesOf(woodpeckerBuilt);

    it("stands beside deploy.yml, with nothing on GitHub Actions and no fallback", () => {
        expect(Object.keys(files)).to.deep.equal([".woodpecker/deploy.yml", ".woodpecker/build.yml"]);
    });

    it("runs at a push to the application's branch, or by its name", () => {
        expect(read(files[".woodpecker/build.yml"]).when).to.deep.equal([
            { event: "push", branch: ["main"] },
            { event: "manual", evaluate: 'PIPELINE == "build" && IMAGE_TAG == ""' },
        ]);
    });

    it("pushes to the registry that the image names", () => {
        const raw = rawApp({
            build: "woodpecker",
            images: [{ name: "registry.example.org:5050/acme/website", context: "site" }],
        });
        const [build] = read(filesOf(raw)[".woodpecker/build.yml"]).steps;
        expect(build?.settings).to.include({
            registry: "registry.example.org:5050",
            context: "site",
            dockerfile: "site/Dockerfile",
        });
    });

    it("watches one directory where the repository holds other things too", () => {
        const shared = filesOf(rawApp({ build: "woodpecker", directory: "portal" }), "portal");
        expect(Object.keys(shared)).to.deep.equal([".woodpecker/deploy-portal.yml", ".woodpecker/build-portal.yml"]);
        expect(read(shared[".woodpecker/build-portal.yml"]).when).to.deep.include({
            event: "push",
            branch: ["main"],
            path: { include: ["portal/**", ".woodpecker/build-portal.yml"], on_empty: false },
        });
    });
});

describe("generated Woodpecker files", () => {
    it("read back as what was meant, for any application", () => {
        fc.assert(
            fc.property(anyLabel, anyApp, (name, raw) => {
                for (const [path, text] of Object.entries(filesOf(raw, name))) {
                    if (!path.startsWith(".woodpecker/")) continue;
                    const { steps } = read(text);
                    const deploy = steps.find((step) => step.name === "deploy");
                    expect(deploy?.environment).to.include({
                        APP: name,
                        DEPLOYMENTS: raw.deployments
                            .map((d) => `${d.namespace} ${d.deployment} ${d.container} ${d.image}\n`)
                            .join(""),
                    });
                    const settings = steps.map((step) => step.settings as Record<string, unknown>).filter(Boolean);
                    if (settings.length > 0)
                        expect(settings.map((s) => s.repo)).to.deep.equal(raw.images.map((i) => i.name));
                    for (const s of settings) expect(s.tags).to.equal("12345e10");
                }
            }),
            { numRuns: 50 },
        );
    });

    it("hand any text to a step unchanged, or refuse it", () => {
        const text = fc.oneof(
            fc.string(),
            fc.string({ unit: "grapheme" }),
            fc
                .array(
                    fc.constantFrom(
                        "$",
                        "${X}",
                        "$$",
                        "{",
                        "}",
                        "\\",
                        "/",
                        ": ",
                        "#",
                        '"',
                        "'",
                        "\n",
                        "yes",
                        "1e3",
                        " ",
                        "é",
                    ),
                    { maxLength: 8 },
                )
                .map((parts) => parts.join("")),
        );
        fc.assert(
            fc.property(text, text, (value, command) => {
                const workflow: Workflow = {
                    when: [{ event: "manual" }],
                    steps: [{ name: "a", image: "b", environment: { V: value }, commands: [command] }],
                };
                let rendered: string;
                try {
                    rendered = renderWorkflow(workflow, "test");
                } catch (error) {
                    expect(error).to.be.instanceOf(RangeError);
                    return;
                }
                const [step] = read(rendered).steps;
                expect(step).to.deep.include({ environment: { V: value }, commands: [command] });
            }),
            { numRuns: 500 },
        );
    });

    it("are the same text for the same settings, with LF and one newline at the end", () => {
        for (const [path, text] of Object.entries(filesOf(rawApp()))) {
            expect(filesOf(rawApp())[path]).to.equal(text);
            expect(text)
                .to.match(/[^\n]\n$/)
                .and.not.contain("\r");
        }
    });
});
