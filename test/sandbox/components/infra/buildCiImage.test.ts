import { expect } from "chai";
import { infraPipelines } from "../../../../components/infra/pipelines.js";
import { parseSettings } from "../../../../config/parse.js";
import { rawInfra, rawPipelines } from "../../../support/infraSettings.js";
import { Workplace } from "../../../support/infraStep.js";
import { login, RealRegistry } from "../../../support/realRegistry.js";
import type { StoredIndex } from "../../../support/registryStorage.js";

describe("the step verify-integrity of build-ci-image, on a real registry", function () {
    this.timeout(60_000);
    let registry: RealRegistry;
    let place: Workplace;
    let index: StoredIndex;
    let host: string;

    before(async () => {
        registry = RealRegistry.create();
        host = (await registry.serve({ cache: true })).url.host;
        place = new Workplace();
        index = registry.storage.addIndex("team/ci", "0123abcd");
    });
    after(async () => {
        place?.remove();
        await registry?.stop();
    });

    /** The step with the file that the pipeline commits beside its own, in an image that has Node and nothing else. */
    const run = (password = login.password) => {
        const block = {
            ...rawPipelines()["build-ci-image"],
            privateImage: { image: `${host}/team/ci`, login: { username: value, password: value } },
        };
        const { infra } = parseSettings(rawInfra({ pipelines: { "build-ci-image": block } }));
        if (!infra) throw new Error("no infra repository");
        const [pipeline] = infraPipelines({ infra, slack: false });
        const step = pipeline?.workflow.steps.find(({ name }) => name === "verify-integrity");
        if (!step || !("commands" in step)) throw new Error("no step verify-integrity");
        for (const { path, content } of pipeline?.files ?? []) place.put(path, content);
        return place.run("dash", step.commands.join("\n"), {
            IMAGE_TAG: "0123abcd",
            REGISTRY_USERNAME: login.username,
            REGISTRY_PASSWORD: password,
            REGISTRY_CA: registry.ca,
            WAIT_SECONDS: "0",
        });
    };
    const value = { path: "ci/registry", key: "x" };

    it("ends with 0 for what was pushed whole", async () => {
        const { code, output } = await run();
        expect(code, output).to.equal(0);
        expect(output).to.contain('"complete":true').and.not.contain(login.password);
    });

    it("ends with 1 where it cannot tell", async () => {
        const { code, output } = await run("wrong");
        expect(output).to.contain("401");
        expect(code).to.equal(1);
    });

    it("ends with 2 and a repair when a layer did not arrive", async () => {
        registry.storage.remove(registry.storage.data(index.amd64.layer.digest));
        const { code, output } = await run();
        expect(output).to.match(/_blob: sha256:\w+ of linux\/amd64[\s\S]*repair: /);
        expect(code).to.equal(2);
    });
});
