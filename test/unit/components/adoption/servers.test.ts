import { expect } from "chai";
import type { ServerObject } from "../../../../components/adoption/serverObject.js";
import { Servers } from "../../../../components/adoption/servers.js";
import { parseSettings } from "../../../../config/parse.js";
import { HttpStub, hangUp } from "../../../support/httpStub.js";

describe("a look at what exists on the servers", () => {
    let stub: HttpStub;
    let servers: Servers;
    beforeEach(async () => {
        stub = await HttpStub.start();
        const settings = parseSettings({
            github: { owner: "acme", baseUrl: stub.url },
            vault: { address: stub.url },
            woodpecker: { url: stub.url },
        });
        servers = new Servers(
            settings,
            {
                githubToken: "github-token",
                vaultToken: "vault-token",
                woodpeckerToken: "token",
                vaultNamespace: undefined,
            },
            { retryPauseMs: 1 },
        );
    });
    afterEach(async () => {
        servers.close();
        await stub.stop();
    });

    const variable: ServerObject = { system: "GitHub", kind: "variable", name: "URL", within: "acme/website" };
    const route = "GET /api/v3/repos/acme/website/actions/variables/URL";

    it("shows what is there, with the credential of its server", async () => {
        stub.on(route, { status: 200, body: { name: "URL", value: "x" } });
        stub.on("GET /v1/sys/policies/acl/deployer", { status: 200, body: { data: { policy: "text" } } });
        expect(await servers.look(variable)).to.include({ value: "x" });
        expect(await servers.look({ system: "Vault", kind: "policy", name: "deployer" })).to.deep.equal({
            policy: "text",
        });
        expect(stub.requests.map(({ headers }) => headers.authorization ?? headers["x-vault-token"])).to.deep.equal([
            "Bearer github-token",
            "vault-token",
        ]);
    });

    it("finds a mount by its path, a role of a method and a role of an engine by theirs", async () => {
        stub.on("GET /v1/sys/auth", {
            status: 200,
            body: { data: { "token/": {}, "kubernetes/": { type: "kubernetes" } } },
        });
        stub.on("GET /v1/auth/kubernetes/role/sync", { status: 200, body: { data: { token_ttl: 60 } } });
        stub.on("GET /v1/tokens/roles/website", { status: 404, body: { errors: [] } });
        const method = { system: "Vault", kind: "auth method" } as const;
        expect(await servers.look({ ...method, name: "kubernetes" })).to.deep.equal({ type: "kubernetes" });
        expect(await servers.look({ ...method, name: "other" })).to.equal(undefined);
        const role = { system: "Vault", kind: "role" } as const;
        expect(await servers.look({ ...role, name: "sync", within: "auth/kubernetes" })).to.deep.equal({
            token_ttl: 60,
        });
        expect(await servers.look({ ...role, name: "website", within: "tokens" })).to.equal(undefined);
    });

    it("takes a repository that is not active for none, but not its secrets", async () => {
        stub.on("GET /api/repos/lookup/acme/website", { status: 200, body: { id: 7, active: false } });
        stub.on("GET /api/repos/7/secrets/token", { status: 200, body: { id: 1, name: "token", events: [] } });
        const repository = { system: "Woodpecker", kind: "repository", name: "acme/website" } as const;
        expect(await servers.look(repository)).to.equal(undefined);
        const secret = { system: "Woodpecker", kind: "secret", name: "token", within: "acme/website" } as const;
        expect(await servers.look(secret)).to.include({ name: "token" });
    });

    it("is patient with a server that hangs up or answers 502", async () => {
        stub.on(route, hangUp, { status: 502, body: "" }, { status: 404, body: { message: "Not Found" } });
        expect(await servers.look(variable)).to.equal(undefined);
        expect(stub.requests).to.have.lengthOf(3);
    });

    it("says which server, what was asked and what to do when there is no answer that helps", async () => {
        stub.on(route, { status: 500, body: { message: "out of order" } });
        const [down] = await Promise.allSettled([servers.look(variable)]);
        const host = new URL(stub.url).host;
        expect(String((down as PromiseRejectedResult).reason)).to.equal(
            `PlainError: GitHub at ${host}: GET repos/acme/website/actions/variables/URL: 500 out of order; see that it is up, then run this again`,
        );
        stub.on(route, { status: 403, body: { message: "Must have admin rights" } });
        const [refused] = await Promise.allSettled([servers.look(variable)]);
        expect(String((refused as PromiseRejectedResult).reason)).to.match(
            /403 Must have .*; see that GITHUB_TOKEN may do this$/,
        );
    });
});
