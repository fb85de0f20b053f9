import type { IncomingMessage, ServerResponse } from "node:http";
import { expect } from "chai";
import { HttpClient } from "../../../../../jobs/lib/http.js";
import { ImageRegistries, nearestTags, placeOf, runsOnNodes } from "../../../../../jobs/lib/registry/image.js";
import { IMAGE, json, MemoryRegistry } from "../../../../support/memoryRegistry.js";

describe("an image looked up by its name", () => {
    let registry: MemoryRegistry;
    let http: HttpClient;
    let name: string;
    beforeEach(async () => {
        registry = await MemoryRegistry.start();
        http = new HttpClient({ connections: 2 });
        name = `${registry.url.host}/acme/website`;
    });
    afterEach(async () => {
        http.close();
        await registry.stop();
    });
    const login = { username: "acme", password: "recognisable-password" };

    it("is found with the platforms of its index", async () => {
        registry.push("acme/website", "0123abcd");
        const state = await new ImageRegistries(http).tag(name, "0123abcd");
        expect(state).include({ found: true }).and.property("platforms").deep.equal(["linux/arch0", "linux/arch1"]);
    });

    it("is found as one image, of no platform that is told", async () => {
        const config = registry.put("config", "c");
        const { digest } = registry.put(IMAGE, { schemaVersion: 2, config, layers: [] });
        registry.tag("acme/website", "0123abcd", digest);
        expect(await new ImageRegistries(http).tag(name, "0123abcd")).deep.equal({ found: true, digest });
    });

    it("is missing only when the registry itself says so", async () => {
        expect(await new ImageRegistries(http).tag(name, "0123abcd")).deep.equal({ found: false });
        registry.instead(/manifests/, (_, response) => {
            response.removeHeader("docker-distribution-api-version");
            json(response, 404, "<html>not here</html>");
        });
        expect(await new ImageRegistries(http).tag(name, "0123abcd")).to.have.property("unclear");
    });

    it("has its tags listed, and none when it is not known", async () => {
        registry.push("acme/website", "0123abcd");
        const registries = new ImageRegistries(http);
        expect(await registries.tags(name)).deep.equal(["0123abcd"]);
        expect(await registries.tags(`${registry.url.host}/acme/other`)).deep.equal([]);
    });

    it("is said to need a login only where there is none and the registry refuses", async () => {
        let status = 401;
        registry.instead(/manifests/, (_, response) => json(response, status, {}));
        for (status of [401, 403]) {
            expect(await new ImageRegistries(http).tag(name, "0123abcd")).include({ needsLogin: true });
            const known = await new ImageRegistries(http, login).tag(name, "0123abcd");
            expect(known).to.have.property("unclear").that.contains(String(status));
            expect(known).not.have.property("needsLogin");
        }
        status = 418;
        expect(await new ImageRegistries(http).tag(name, "0123abcd")).not.have.property("needsLogin");
    });

    describe("where the registry wants a token", () => {
        const asked: { url?: string; authorization?: string }[] = [];
        const token = "recognisable-token";
        beforeEach(() => {
            asked.length = 0;
            const answer = registry.answer.bind(registry);
            registry.instead(/^GET \/token/, ({ url, headers }: IncomingMessage, response: ServerResponse) => {
                asked.push({
                    ...(url && { url }),
                    ...(headers.authorization && { authorization: headers.authorization }),
                });
                json(response, 200, { token });
            });
            registry.instead(/^GET \/v2\//, (request, response) => {
                if (request.headers.authorization === `Bearer ${token}`) return answer(request, response);
                const realm = new URL("token", registry.url).href;
                const scope = "repository:acme/website:pull";
                response.setHeader(
                    "www-authenticate",
                    `Bearer realm="${realm}",service="r.example.org",scope="${scope}"`,
                );
                json(response, 401, { errors: [] });
            });
        });

        it("gets one with the login, once a repository", async () => {
            registry.push("acme/website", "0123abcd");
            const registries = new ImageRegistries(http, login);
            expect(await registries.tag(name, "0123abcd")).include({ found: true });
            expect(await registries.tags(name)).deep.equal(["0123abcd"]);
            expect(asked).have.lengthOf(1);
            expect(asked[0]?.url)
                .contain("service=r.example.org")
                .and.contain("scope=repository%3Aacme%2Fwebsite%3Apull");
            expect(asked[0]?.authorization).equal(
                `Basic ${Buffer.from(`${login.username}:${login.password}`).toString("base64")}`,
            );
        });

        it("gets one for everybody without a login", async () => {
            registry.push("acme/website", "0123abcd");
            expect(await new ImageRegistries(http).tag(name, "0123abcd")).include({ found: true });
            expect(asked[0]?.authorization).equal(undefined);
        });

        it("says so when the token is refused, and asks no second time", async () => {
            registry.instead(/^GET \/other/, () => {});
            registry.requests.length = 0;
            const refusing = await MemoryRegistry.start();
            refusing.instead(/./, (_, response) => {
                response.setHeader("www-authenticate", `Bearer realm="${new URL("token", refusing.url).href}"`);
                json(response, 401, {});
            });
            const state = await new ImageRegistries(http, login).tag(`${refusing.url.host}/acme/website`, "0123abcd");
            expect(state).property("unclear").contain("not accepted").and.not.contain(login.password);
            expect(refusing.requests).have.lengthOf(2);
            await refusing.stop();
        });
    });
});

describe("the name of an image", () => {
    it("says the registry as the Docker tools read it", () => {
        expect(placeOf("acme/website")).deep.equal({ host: "docker.io", repository: "acme/website" });
        expect(placeOf("nginx")).deep.equal({ host: "docker.io", repository: "library/nginx" });
        expect(placeOf("localhost/web")).deep.equal({ host: "localhost", repository: "web" });
        expect(placeOf("registry.example.org:5000/a/b")).deep.equal({
            host: "registry.example.org:5000",
            repository: "a/b",
        });
    });
});

describe("a tag", () => {
    it("runs on the nodes as linux/amd64 of an index, or as the one image it is", () => {
        expect(runsOnNodes({ found: true, digest: "" })).equal(true);
        expect(runsOnNodes({ found: true, digest: "", platforms: ["linux/amd64/v2"] })).equal(true);
        expect(runsOnNodes({ found: true, digest: "", platforms: ["linux/arm64", "windows/amd64"] })).equal(false);
        expect(runsOnNodes({ found: false })).equal(false);
    });

    it("that is not there has neighbours, the most alike first and no other kind of tag", () => {
        expect(nearestTags("0123abcd", ["latest", "ffffffff", "0123abc", "1123abcd", "0123abdc"], 2)).deep.equal([
            "1123abcd",
            "0123abdc",
        ]);
    });
});
