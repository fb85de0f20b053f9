import { expect } from "chai";
import { parseReference } from "../../../../../sandbox/doubles/pulumi/docker/registry.js";

describe("an image's name", () => {
    const cases: [string, string, string, string][] = [
        ["nginx", "registry-1.docker.io", "library/nginx", "latest"],
        ["acme/website:0123abcd", "registry-1.docker.io", "acme/website", "0123abcd"],
        ["docker.io/acme/website", "registry-1.docker.io", "acme/website", "latest"],
        ["127.0.0.1:18500/acme/website:1", "127.0.0.1:18500", "acme/website", "1"],
        ["ghcr.io/acme/web@sha256:abc", "ghcr.io", "acme/web", "sha256:abc"],
    ];
    for (const [name, registry, repository, tag] of cases) {
        it(`is understood as Docker understands ${name}`, () => {
            expect(parseReference(name)).to.deep.equal({ registry, repository, tag });
        });
    }

    it("that is none is an error that quotes it", () => {
        expect(() => parseReference("https://x")).to.throw('"https://x" is not an image\'s name');
    });
});
