import { expect } from "chai";
import { exitCodeOf, explain } from "../../../../jobs/verify-integrity/report.js";
import { verifySettings } from "../../../../jobs/verify-integrity/settings.js";
import { verifyImage } from "../../../../jobs/verify-integrity/verify.js";
import { json, MemoryRegistry } from "../../../support/memoryRegistry.js";

describe("verify-integrity", () => {
    let registry: MemoryRegistry;
    beforeEach(async () => {
        registry = await MemoryRegistry.start();
    });
    afterEach(() => registry.stop());

    async function verify(image: string, environment: Record<string, string> = {}) {
        const settings = verifySettings([image], {
            REGISTRY_URL: registry.url.href,
            WAIT_SECONDS: "0",
            ...environment,
        });
        const verification = await verifyImage(settings);
        return { code: exitCodeOf(verification), text: explain(settings.image, verification), verification };
    }

    it("passes an image whose every part is there, without asking for any other", async () => {
        registry.push("team/app", "v1", 2);
        registry.push("team/app", "v2", 2);
        const { code, text } = await verify("team/app:v1");
        expect(code).to.equal(0);
        expect(text).to.match(/^team\/app:v1 is intact: 1 indexes, 2 manifests below them, 4 configs and layers/);
        expect(registry.requests.some(({ route }) => /_catalog|tags\/list|v2$/.test(route))).to.equal(false);
    });

    it("names what is missing, its platform and the repair", async () => {
        const { images } = registry.push("team/app", "v1", 2);
        registry.forget(images[1]?.digest ?? "");
        const { code, text } = await verify("team/app:v1");
        expect(code).to.equal(2);
        expect(text).to.contain(`missing_child: ${images[1]?.digest} of linux/arch1`);
        expect(text).to.contain("repair: before the next garbage collection");
    });

    it("takes a digest as well", async () => {
        const { index, layers } = registry.push("team/app", "v1", 1);
        expect((await verify(`team/app@${index.digest}`)).code).to.equal(0);
        registry.forget(layers[0]?.digest ?? "");
        expect((await verify(`team/app@${index.digest}`)).code).to.equal(2);
    });

    it("finds an image broken that is not there, though no tag lists it", async () => {
        registry.push("team/app", "v1", 1);
        const { code, text } = await verify("team/app:v2");
        expect(code).to.equal(2);
        expect(text).to.match(/missing_manifest: the image itself/);
    });

    it("waits for a registry that lags behind the push", async () => {
        registry.push("team/app", "v1", 1);
        registry.instead(/manifests\/v1/, (_, response) => json(response, 404, { errors: [] }), 2);
        const { code, verification } = await verify("team/app:v1", { WAIT_SECONDS: "20" });
        expect([code, verification.looks]).to.deep.equal([0, 2]);
    });

    it("says that it cannot tell when the registry does not answer as one", async () => {
        registry.instead(/manifests/, (_, response) => json(response, 401, ""));
        const { code, text } = await verify("team/app:v1");
        expect(code).to.equal(1);
        expect(text)
            .to.match(/could not tell whether it is intact/)
            .and.to.match(/401, the username or password/);
    });

    it("takes the registry from the image's name, and refuses a contradiction", () => {
        expect(verifySettings(["r.example.org:5050/app:v1"], {}).registry.href).to.equal("https://r.example.org:5050/");
        const other = { REGISTRY_URL: "https://other.example.org" };
        expect(() => verifySettings(["r.example.org/app:v1"], other)).to.throw(/REGISTRY_URL: is at other.example.org/);
        expect(() => verifySettings(["app:v1"], {})).to.throw(/REGISTRY_URL: is missing/);
        expect(() => verifySettings([], {})).to.throw(/Exactly one image/);
    });
});
