import { expect } from "chai";
import { appTag } from "../../../policies/checks/appTag.js";
import { imageTag } from "../../../policies/checks/imageTag.js";
import { registryDigest } from "../../../policies/checks/registryDigest.js";
import { parseImage } from "../../../policies/lib/image.js";
import { unknownYet, type Value } from "../../../policies/lib/resource.js";
import { githubFile, messages, resource, woodpeckerFile } from "../../support/policies.js";

const digest = `sha256:${"a".repeat(64)}`;
const pod = (image: Value, type = "kubernetes:apps/v1:Deployment") =>
    resource(type, { spec: { template: { spec: { containers: [{ name: "main", image }] } } } });
const compose = (image: string) =>
    resource("command:remote:Command", { stdin: `services:\n  registry:\n    image: ${image}\n` });

describe("parseImage", () => {
    it("tells a registry's port from a tag", () => {
        expect(parseImage("127.0.0.1:5000/acme/shop")).to.deep.equal({ repository: "127.0.0.1:5000/acme/shop" });
        expect(parseImage(`registry:2.8.3@${digest}`)).to.deep.equal({ repository: "registry", tag: "2.8.3", digest });
        expect(parseImage("not an image")).to.equal(undefined);
    });
});

describe("image-has-fixed-tag", () => {
    const good: readonly Value[] = [
        "nginx:1.29",
        `nginx@${digest}`,
        "127.0.0.1:5000/acme/shop:1",
        "*:*",
        "!*/*:*",
        unknownYet,
    ];
    for (const image of good) {
        it(`lets ${String(image)} pass`, () => {
            expect(messages(imageTag, pod(image))).to.deep.equal([]);
        });
    }

    for (const [image, why] of [
        ["nginx", "has no tag"],
        ["127.0.0.1:5000/acme/shop", "has no tag"],
        ["nginx:latest", "floats"],
        ["NGINX:1", "is not an image reference"],
    ] as const) {
        it(`stops ${image} in any kind that holds a pod`, () => {
            for (const type of ["kubernetes:apps/v1:Deployment", "kubernetes:example.org/v1:Runner"])
                expect(messages(imageTag, pod(image, type)).join())
                    .to.include(image)
                    .and.include(why);
        });
    }

    it("judges what is written around a variable, and not the variable", () => {
        const step = (image: string) =>
            messages(imageTag, woodpeckerFile(`steps: [{name: a, image: ${JSON.stringify(image)}}]`));
        const good = [
            "${IMAGE}",
            "${{ matrix.image }}",
            "acme/tools:${TAG}",
            "${REGISTRY}/tools:1",
            "node:${{ matrix.v }}",
        ];
        for (const image of good) expect(step(image), image).to.deep.equal([]);
        const bad = ["${REGISTRY}/tools:latest", "acme/${TOOL}", "acme/${{ matrix.tool }}", "$REGISTRY/tools"];
        for (const image of bad) expect(step(image).join(), image).to.include(image);
        expect(messages(registryDigest, compose("${REGISTRY}/registry:2.8.3"))).to.have.length(1);
    });

    it("looks at first containers, image volumes and CronJobs", () => {
        const spec = { initContainers: [{ image: "a" }], volumes: [{ image: { reference: "b:latest" } }] };
        const job = resource("kubernetes:batch/v1:CronJob", {
            spec: { jobTemplate: { spec: { template: { spec } } } },
        });
        expect(messages(imageTag, job)).to.have.length(2);
    });

    it("looks at Docker hosts, compose files, steps, services and containers of jobs", () => {
        const floating = [
            resource("docker:index/remoteImage:RemoteImage", { name: "nginx" }),
            compose("registry"),
            woodpeckerFile("steps: [{name: a, image: alpine}]"),
            woodpeckerFile("steps: {a: {image: alpine:3}}\nservices: [{name: db, image: postgres:latest}]"),
            githubFile("jobs: {a: {container: node, steps: []}}"),
            githubFile("jobs: {a: {services: {db: {image: postgres}}, steps: [{uses: docker://alpine:latest}]}}"),
        ];
        expect(floating.map((each) => messages(imageTag, each).length)).to.deep.equal([1, 1, 1, 1, 1, 2]);
    });

    it("stops workflows that push latest", () => {
        const uses = `docker/build-push-action@${"0".repeat(40)}`;
        expect(
            messages(imageTag, githubFile(`jobs: {a: {steps: [{uses: ${uses}, with: {tags: "acme/shop:latest"}}]}}`)),
        ).to.have.length(1);
        const settings = (more: string) =>
            woodpeckerFile(`steps: [{name: a, image: "plugin-docker-buildx:6", settings: {${more}}}]`);
        expect(messages(imageTag, settings("tags: [latest, '1']"))).to.have.length(1);
        expect(messages(imageTag, settings("auto_tag: true"))).to.have.length(1);
    });

    it("excepts the one image without versions, and says why", () => {
        expect(messages(imageTag, pod("bitnami/kubectl:latest"))).to.deep.equal([]);
        expect(imageTag.allow?.map(({ reason }) => reason).join()).to.include("took all version tags away");
    });
});

describe("app-tag-is-short-sha", () => {
    const woodpecker = (tags: string) =>
        woodpeckerFile(`steps: [{name: build, image: plugin-docker-buildx:6, settings: {tags: ${tags}}}]`);
    const github = (tag: string, run: string) =>
        githubFile(`
jobs:
  build:
    outputs: { tag: "\${{ steps.tag.outputs.tag }}" }
    steps:
      - id: tag
        run: |
          ${run}
      - uses: docker/build-push-action@v6
        with: { tags: "127.0.0.1:5000/acme/shop:${tag}" }
`);
    const short = 'echo "tag=${GITHUB_SHA:0:8}" >> "$GITHUB_OUTPUT"';

    it("takes the short SHA of the commit", () => {
        expect(messages(appTag, woodpecker('"${CI_COMMIT_SHA:0:8}"'))).to.deep.equal([]);
        expect(messages(appTag, github("${{ steps.tag.outputs.tag }}", short))).to.deep.equal([]);
    });

    it("takes nothing else", () => {
        const wrong = [
            woodpecker('"${CI_COMMIT_SHA:0:7}"'),
            woodpecker('["${CI_COMMIT_SHA:0:8}", v1]'),
            woodpecker('""'),
            github("${{ steps.tag.outputs.tag }}", short.replace("0:8", "0:7")),
            github("${{ steps.tag.outputs.tag }}-dev", short),
            github("${{ steps.other.outputs.tag }}", short),
            github("${{ github.sha }}", short),
            github("v1", short),
        ];
        expect(wrong.map((file) => messages(appTag, file).length)).to.deep.equal(wrong.map(() => 1));
    });

    it("follows a tag through the outputs of another job", () => {
        const text = (length: number) => `
jobs:
  name:
    outputs: { tag: "\${{ steps.t.outputs.tag }}" }
    steps: [{ id: t, run: 'echo "tag=\${GITHUB_SHA:0:${length}}" >> "$GITHUB_OUTPUT"' }]
  build:
    steps: [{ uses: docker/build-push-action@v6, with: { tags: "acme/shop:\${{ needs.name.outputs.tag }}" } }]
`;
        expect(messages(appTag, githubFile(text(8)))).to.deep.equal([]);
        expect(messages(appTag, githubFile(text(10)))).to.have.length(1);
    });

    it("wants a deploy workflow to accept no other tag", () => {
        const deploy = (evaluate: string) =>
            woodpeckerFile(`when: [{event: manual, evaluate: '${evaluate}'}]\nsteps: []`);
        const tag = 'IMAGE_TAG matches "^[0-9a-f]{8}$"';
        expect(messages(appTag, deploy(`DEPLOY_APP == "shop" && ${tag}`))).to.deep.equal([]);
        expect(messages(appTag, deploy('DEPLOY_APP == "shop"'))).to.have.length(1);
        expect(messages(appTag, deploy(`DEPLOY_APP == "shop" || ${tag}`))).to.have.length(1);
    });

    it("wants a pin to be a short SHA", () => {
        const pin = (image: string) => pod(image, "kubernetes:apps/v1:DeploymentPatch");
        expect(messages(appTag, pin("acme/shop:0123abcd"))).to.deep.equal([]);
        for (const image of ["acme/shop:0123ABCD", "acme/shop:v1", "acme/shop"])
            expect(messages(appTag, pin(image)), image).to.have.length(1);
    });
});

describe("registry-image-has-digest", () => {
    it("looks at the containers that a host is held to", () => {
        const host = (image: string) =>
            resource("host:index:Files", { items: { private: `running ${image}`, timer: "active" } });
        expect(messages(registryDigest, host(`registry:2.8.3@${digest}`))).to.deep.equal([]);
        expect(messages(registryDigest, host("registry:2.8.3"))).to.deep.equal([
            'items.private: "registry:2.8.3" has no digest',
        ]);
    });

    it("wants a digest for all that runs on the registry's host", () => {
        expect(messages(registryDigest, compose(`nginx:1.29@${digest}`))).to.deep.equal([]);
        expect(messages(registryDigest, compose("nginx:1.29"))).to.deep.equal([
            'stdin, service registry: "nginx:1.29" has no digest',
        ]);
        const container = resource("docker:index/container:Container", { image: "nginx:1.29" });
        expect(messages(registryDigest, container)).to.have.length(1);
    });

    it("wants it for the registry wherever it runs, and for no other pod", () => {
        expect(messages(registryDigest, pod("docker.io/library/registry:2.8.3"))).to.have.length(1);
        expect(messages(registryDigest, pod(`registry:2.8.3@${digest}`))).to.deep.equal([]);
        expect(messages(registryDigest, pod("nginx:1.29"))).to.deep.equal([]);
    });
});
