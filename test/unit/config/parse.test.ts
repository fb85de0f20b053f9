import { expect } from "chai";
import fc from "fast-check";
import { parseSettings } from "../../../config/parse.js";
import { SettingsError } from "../../../config/problems.js";
import { blocks } from "../../../config/schema.js";
import { anyApp, anyLabel, problemsOf, rawApp, rawSettings, stackConfig } from "../../support/settings.js";

const store = (key: string) => ({ vault: { path: "ci/test", key } });

describe("stack config", () => {
    for (const stack of ["sandbox", "prod"]) {
        it(`of stack ${stack} is sound`, () => {
            expect(problemsOf(stackConfig(stack))).to.deep.equal([]);
        });
    }

    it("may be empty: then every part is switched off", () => {
        expect(parseSettings({})).to.deep.include({ adopt: false, delivery: undefined, vault: undefined });
    });

    it("fills in what may be left out", () => {
        const { delivery } = parseSettings(rawSettings());
        expect(delivery?.woodpecker).to.include({
            inClusterUrl: "https://ci.example.org",
            pipelineNamespace: "woodpecker",
            deployServiceAccount: "woodpecker-deployer",
        });
        expect(delivery?.vault).to.deep.include({
            inClusterAddress: "https://vault.example.org",
            mounts: { kv: "secret", kubernetesAuth: "kubernetes", kubernetesSecrets: "kubernetes" },
            adoptMounts: false,
        });
        expect(delivery?.apps[0]).to.deep.include({
            branches: ["main"],
            build: "github-actions",
            images: [{ name: "acme/website", context: ".", dockerfile: "Dockerfile" }],
            deployments: [{ namespace: "website", deployment: "blog", container: "website", image: "acme/website" }],
        });
    });

    it("takes an application's branch from the github block unless it says its own", () => {
        const github = { owner: "acme", defaultBranch: "master" };
        const branches = (app: object) =>
            parseSettings(rawSettings({ github, apps: { website: app } })).delivery?.apps[0]?.branches;
        expect(branches(rawApp())).to.deep.equal(["master"]);
        expect(branches(rawApp({ branches: ["main", "next"] }))).to.deep.equal(["main", "next"]);
    });

    it("pins every image it names by default, but for the one that cannot be", () => {
        const { images } = parseSettings(rawSettings()).delivery ?? {};
        const floating = Object.entries(images ?? {}).filter(([, image]) => /:latest$/.test(image));
        expect(floating).to.deep.equal([["kubectl", "bitnami/kubectl:latest"]]);
    });

    it("reports the problems of all blocks and the conflicts between sound parts in one message", () => {
        const problems = problemsOf({
            registri: {},
            adopt: "yes",
            github: { owner: "acme", ownr: 3 },
            woodpecker: { url: "ftp://ci.example.org" },
            credentials: {
                dockerhubUsername: store("username"),
                dockerhubToken: store("token"),
                woodpeckerToken: 12345,
            },
            apps: {
                Blog: rawApp({ repository: "acme/blog" }),
                website: rawApp({ sha: "A1B2C3D", build: "jenkins", images: [{ name: "acme/site:latest" }] }),
                one: rawApp({ repository: "acme/one", images: [{ name: "a/one" }] }),
                two: rawApp({ repository: "acme/two", images: [{ name: "a/two" }] }),
            },
        });
        expect(problems).to.have.members([
            `cicd:registri: unknown key; allowed are ${Object.keys(blocks.shape).join(", ")}`,
            'cicd:adopt: "yes" is not a boolean',
            "cicd:github.ownr: unknown key; allowed are owner, baseUrl, defaultBranch, commitAuthor",
            'cicd:woodpecker.url: "ftp://ci.example.org" is not an http(s) URL without credentials or query',
            "cicd:credentials.woodpeckerToken: the value (not shown) is neither { vault: { path, key } } nor a secret value",
            'cicd:apps.Blog: "Blog" is not an RFC 1123 label (a-z, 0-9 and -, at most 63 characters)',
            'cicd:apps.website.build: "jenkins" is not one of "github-actions", "woodpecker"',
            'cicd:apps.website.images.0.name: "acme/site:latest" is not an image name in full without a tag',
            'cicd:apps.website.sha: "A1B2C3D" is not 8 lower-case hex characters',
            "cicd:apps.one: needs cicd:vault, which is switched off",
            "cicd:apps.two: needs cicd:vault, which is switched off",
            'cicd:apps.two.deployments.0: "website/blog/website" is taken by cicd:apps.one.deployments.0; one application a container',
            "cicd:credentials.dockerhubUsername.vault: needs cicd:vault, which is switched off",
            "cicd:credentials.dockerhubToken.vault: needs cicd:vault, which is switched off",
        ]);
    });

    const apps = (app: object) => rawSettings({ apps: { website: app } });
    const refused: [what: string, raw: Record<string, unknown>, problem: string][] = [
        [
            "a SHA that YAML took for a number",
            apps(rawApp({ sha: 12345678 })),
            "cicd:apps.website.sha: 12345678 is not a string; put it in quotes",
        ],
        [
            "an application without deployments",
            apps(rawApp({ deployments: [] })),
            "cicd:apps.website.deployments: [] must have at least 1 items",
        ],
        [
            "a missing key",
            apps({ ...rawApp(), repository: undefined }),
            "cicd:apps.website.repository: missing, must be a string",
        ],
        ["a list where a map belongs", rawSettings({ apps: [] }), "cicd:apps: [] is not a map"],
        [
            "a text where a map belongs",
            rawSettings({ vault: "https://vault" }),
            'cicd:vault: "https://vault" is not a map',
        ],
        [
            "a path that leaves the repository",
            apps(rawApp({ images: [{ name: "a/b", context: "../x" }] })),
            'cicd:apps.website.images.0.context: "../x" is not a relative path below the root of the repository',
        ],
        [
            "an unknown key deep down",
            rawSettings({ credentials: { slackWebhook: { vault: { path: "a", key: "b", kee: 1 } } }, apps: {} }),
            "cicd:credentials.slackWebhook.vault.kee: unknown key; allowed are path, key",
        ],
        [
            "the mount in the path of a secret",
            rawSettings({ credentials: { slackWebhook: { vault: { path: "secret/ci/slack", key: "x" } } }, apps: {} }),
            'cicd:credentials.slackWebhook.vault.path: "secret/ci/slack" is a path below the mount "secret"; leave "secret/" off',
        ],
        [
            "somebody else's repository",
            apps(rawApp({ repository: "other/website" })),
            'cicd:apps.website.repository: "other/website" does not belong to cicd:github.owner "acme"',
        ],
        [
            "a deployment of an image the application has not",
            apps(rawApp({ deployments: [{ namespace: "n", deployment: "d", container: "c", image: "a/x" }] })),
            'cicd:apps.website.deployments.0.image: "a/x" is not one of "acme/website"',
        ],
        [
            "a deployment that leaves open which of two images it means",
            apps(rawApp({ images: [{ name: "a/b" }, { name: "a/c" }] })),
            'cicd:apps.website.deployments.0.image: missing, must be one of "a/b", "a/c"',
        ],
        [
            "images in two registries",
            apps(
                rawApp({
                    images: [{ name: "a/b" }, { name: "ghcr.io/a/b" }],
                    deployments: [{ namespace: "n", deployment: "d", container: "c", image: "a/b" }],
                }),
            ),
            "cicd:apps.website.images: docker.io and ghcr.io: must all be in one registry",
        ],
        [
            "a build without the credential it pushes with",
            rawSettings({ credentials: { dockerhubUsername: store("u"), woodpeckerToken: store("w") } }),
            "cicd:apps.website: needs cicd:credentials.dockerhubToken, which is missing",
        ],
        [
            "one application under two names",
            rawSettings({
                apps: {
                    website: rawApp(),
                    site: rawApp({
                        repository: "Acme/Website",
                        images: [{ name: "a/c" }],
                        deployments: [{ namespace: "n", deployment: "d", container: "c" }],
                    }),
                },
            }),
            'cicd:apps.site.repository: "acme/website" is taken by cicd:apps.website.repository; one application a repository',
        ],
        [
            "two applications that assert one id",
            rawSettings({
                apps: {
                    website: rawApp({ woodpeckerId: 2 }),
                    shop: rawApp({
                        repository: "acme/shop",
                        woodpeckerId: 2,
                        images: [{ name: "a/c" }],
                        deployments: [{ namespace: "n", deployment: "d", container: "c" }],
                    }),
                },
            }),
            'cicd:apps.shop.woodpeckerId: "2" is taken by cicd:apps.website.woodpeckerId; one repository an id',
        ],
    ];
    for (const [what, raw, problem] of refused) {
        it(`refuses ${what}`, () => {
            expect(problemsOf(raw)).to.deep.equal([problem]);
        });
    }

    it("takes a credential from config, but not in clear", () => {
        const raw = rawSettings({ credentials: { slackWebhook: "https://hooks.example.org/recognisable" }, apps: {} });
        expect(parseSettings(raw, () => true).credentials).to.have.property("slackWebhook");
        expect(() => parseSettings(raw, () => false))
            .to.throw(SettingsError)
            .with.property("problems")
            .that.deep.equals([
                "cicd:credentials.slackWebhook: stands in the stack file in clear; withdraw it and run: " +
                    "pulumi config set --secret --path 'cicd:credentials.slackWebhook'",
            ]);
    });

    it("never repeats a credential in a message", () => {
        const problems = problemsOf(
            rawSettings({ credentials: { slackWebhook: ["recognisable"], dockerhubToken: { recognisable: "x" } } }),
        );
        expect(problems.filter((p) => p.includes("slackWebhook"))).to.have.lengthOf(1);
        expect(problems.filter((p) => p.includes("slackWebhook")).join()).to.not.contain("recognisable");
    });

    it("takes any allowed application over without loss", () => {
        fc.assert(
            fc.property(anyLabel, anyApp, (name, raw) => {
                const app = parseSettings(rawSettings({ apps: { [name]: raw } })).delivery?.apps[0];
                expect(app?.name).to.equal(name);
                expect(app?.images.map((i) => i.name)).to.deep.equal(raw.images.map((i) => i.name));
                expect(app?.deployments).to.deep.equal(raw.deployments);
                expect(app?.branches).to.deep.equal(raw.branches ?? ["main"]);
            }),
        );
    });

    const unsafe = fc
        .tuple(
            fc.constantFrom(
                "${{ github.actor }}",
                "$(id)",
                "`id`",
                "a b",
                "a: b",
                "#",
                '"',
                "'",
                "\n",
                "\\",
                "é",
                "../",
                "//",
            ),
            fc.string(),
        )
        .map(([bad, rest]) => bad + rest);
    const fields: [path: string, app: (value: string) => object][] = [
        ["repository", (repository) => rawApp({ repository })],
        ["branches.0", (branch) => rawApp({ branches: [branch] })],
        ["directory", (directory) => rawApp({ directory })],
        ["images.0.name", (name) => rawApp({ images: [{ name }] })],
        ["images.0.context", (context) => rawApp({ images: [{ name: "a/b", context }] })],
        ["images.0.dockerfile", (dockerfile) => rawApp({ images: [{ name: "a/b", dockerfile }] })],
        [
            "deployments.0.container",
            (container) => rawApp({ deployments: [{ namespace: "n", deployment: "d", container }] }),
        ],
    ];
    for (const [path, app] of fields) {
        it(`refuses text in ${path} that could mean something to a shell, to YAML or to GitHub, naming path and value`, () => {
            fc.assert(
                fc.property(unsafe, (value) => {
                    const [problem] = problemsOf(rawSettings({ apps: { website: app(value) } }));
                    expect(problem)
                        .to.match(/^cicd:apps\.website\./)
                        .and.contain(`cicd:apps.website.${path}: ${JSON.stringify(value)} is not `);
                }),
            );
        });
    }

    it("refuses names of applications that are no labels", () => {
        fc.assert(
            fc.property(
                unsafe.filter((name) => name !== "__proto__"),
                (name) => {
                    expect(problemsOf(rawSettings({ apps: { [name]: rawApp() } }))[0]).to.contain(
                        "is not an RFC 1123 label",
                    );
                },
            ),
        );
    });
});
