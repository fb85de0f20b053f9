import { expect } from "chai";
import { infraScripts } from "../../../../components/infra/scripts.js";
import { describeStep, login, revoke } from "../../../support/infraStep.js";

describeStep("provision-user", (step) => {
    const users = "/v1/secret/data/platform";
    const env = () => ({
        USERNAME: "ada",
        EMAIL: "ada@example.org",
        USERS_PATH: "secret/data/platform",
        USERS_KEY: "k8s_users",
        AUTHENTIK_URL: step.server.url,
        AUTHENTIK_TOKEN_PATH: "secret/data/authentik",
        AUTHENTIK_TOKEN_KEY: "token",
        GROUP_PREFIX: "sops-",
        ...step.vault(),
    });
    const others = { bob: { role: "namespace-owner", email: "bob@example.org", namespaces: ["bob"] } };
    beforeEach(() => {
        step.server
            .on("GET /v1/secret/data/authentik", {
                status: 200,
                body: { data: { data: { token: "authentik-recognisable" } } },
            })
            .on(`GET ${users}`, {
                status: 200,
                body: {
                    data: {
                        data: { k8s_users: JSON.stringify(others), other: "kept" },
                        metadata: { version: 7 },
                    },
                },
            })
            .on(`POST ${users}`, { status: 200, body: {} })
            .on("GET /api/v3/core/groups/", { status: 200, body: { results: [] } })
            .on("POST /api/v3/core/groups/", { status: 201, body: {} });
    });
    const run = (changes: Record<string, string> = {}) =>
        step.run(infraScripts["provision-user"], { ...env(), ...changes });

    it("adds the user beside the others, if nobody else writes meanwhile, and makes the group", async () => {
        const { code, output } = await run();
        expect(output).to.contain("the group sops-ada is made").and.not.contain("recognisable");
        expect(code).to.equal(0);
        const written = JSON.parse(step.server.asked(`POST ${users}`)[0]?.body ?? "");
        expect(written.options).to.deep.equal({ cas: 7 });
        expect(written.data.other).to.equal("kept");
        expect(JSON.parse(written.data.k8s_users)).to.deep.equal({
            ...others,
            ada: { role: "namespace-owner", email: "ada@example.org", namespaces: ["ada"] },
        });
        expect(step.server.asked("POST /api/v3/core/groups/")[0]?.headers).to.include({
            authorization: "Bearer authentik-recognisable",
        });
        expect(step.place.leftovers()).to.deep.equal([]);
        expect(step.server.asked(revoke)).to.have.lengthOf(1);
    });

    it("does nothing for a user who is there", async () => {
        const { code } = await run({ USERNAME: "bob", EMAIL: "bob@example.org" });
        expect(code).to.equal(0);
        expect(step.server.asked(`POST ${users}`)).to.deep.equal([]);
    });

    for (const [whose, route, says] of [
        ["the login", login, /answers 200 to the login as ci with something that is not Vault's JSON/],
        ["the list", `GET ${users}`, /answers 200 for secret\/data\/platform with something that is not Vault's JSON/],
        ["the groups", "GET /api/v3/core/groups/", /answers 200 with something that is not Authentik's JSON/],
    ] as const) {
        for (const body of ["<html>recognisable page</html>", "", "{}"]) {
            it(`says so when ${whose} is answered 200 by ${body || "nothing"}`, async () => {
                step.server.on(route, { status: 200, body });
                const { code, output } = await run();
                expect(output)
                    .to.match(says)
                    .and.match(/next: /)
                    .and.not.match(/recognisable|parse error|jq: /);
                expect(code).to.equal(1);
                expect(step.server.asked("POST /api/v3/core/groups/")).to.deep.equal([]);
            });
        }
    }

    for (const [what, changes, says] of [
        ["a name with a command in it", { USERNAME: "ada;id" }, /USERNAME is not/],
        ["a name of two lines", { USERNAME: "ada\nbob" }, /USERNAME is not/],
        ["an address of two lines", { EMAIL: "ada@example.org\nbob@example.org" }, /EMAIL is not/],
        ["an address that is none", { EMAIL: "ada" }, /EMAIL is not/],
        ["a name that is taken", { USERNAME: "bob" }, /bob is in .* already with another address/],
    ] as const) {
        it(`refuses ${what}`, async () => {
            const { code, output } = await run(changes);
            expect(output).to.match(says);
            expect(code).to.equal(1);
            expect(step.server.asked(`POST ${users}`)).to.deep.equal([]);
        });
    }
});
