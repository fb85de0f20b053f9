import { expect } from "chai";
import * as fc from "fast-check";
import type { KvSecret } from "../../../../jobs/lib/vault.js";
import { allowList, isAllowed } from "../../../../jobs/secret-extension/allowList.js";
import { answerOf, entriesFor } from "../../../../jobs/secret-extension/answer.js";
import { type MappingDocument, mapping } from "../../../../jobs/secret-sync/mapping.js";
import { EVENTS } from "../../../../providers/woodpecker/plugin/tables/shape.js";

const vault = (paths: Readonly<Record<string, object>>): Map<string, KvSecret> =>
    new Map(Object.entries(paths).map(([path, data]) => [path, { version: 1, data: new Map(Object.entries(data)) }]));

function serve(
    entries: MappingDocument["entries"],
    paths: Record<string, object>,
    repository = "acme/website",
    event = "push",
) {
    return answerOf(entriesFor(mapping.parse({ entries }), { repository, event }), "secret", vault(paths));
}

const valuesOf = ({ secrets }: ReturnType<typeof serve>) =>
    Object.fromEntries(secrets.map(({ name, value }) => [name, value]));

describe("who the secret extension serves", () => {
    const list = allowList.parse([
        { repositories: ["acme/website", "Other/*"] },
        { repositories: ["acme/infra"], events: ["cron", "pull_request"] },
    ]);
    const cases: readonly (readonly [string, string, boolean])[] = [
        ["acme/website", "push", true],
        ["ACME/Website", "manual", true],
        ["acme/website", "pull_request", false],
        ["acme/website2", "push", false],
        ["acme/infra", "push", false],
        ["acme/infra", "cron", true],
        ["acme/infra", "pull_request_closed", true],
        ["other/anything", "deployment", true],
        ["another/anything", "push", false],
        ["other", "push", false],
    ];
    for (const [repository, event, allowed] of cases) {
        it(`${allowed ? "is" : "is not"} ${repository} at ${event}`, () => {
            expect(isAllowed(list, repository, event)).to.equal(allowed);
        });
    }

    it("must be named: nobody gets secrets because nothing was said", () => {
        for (const wrong of [
            [],
            [{}],
            [{ repositories: [] }],
            [{ repositories: ["*"] }],
            [{ repositories: ["*/*"] }],
        ]) {
            expect(allowList.safeParse(wrong).success, JSON.stringify(wrong)).to.equal(false);
        }
    });
});

describe("what the secret extension serves", () => {
    it("is what the mapping has for all, for the organisation and for the repository", () => {
        const entries: MappingDocument["entries"] = [
            { path: "ci/global", except: ["hidden"] },
            { path: "ci/acme", target: { organization: "acme" } },
            { path: "ci/other", target: { organization: "other" } },
            { path: "ci/website", key: "token", name: "website_token", target: { repository: "Acme/Website" } },
            { path: "ci/shop", target: { repository: "acme/shop" } },
        ];
        const answer = serve(entries, {
            "ci/global": { a: "1", hidden: "2" },
            "ci/acme": { b: "3" },
            "ci/website": { token: "4", x: "5" },
        });
        expect(valuesOf(answer)).to.deep.equal({ a: "1", b: "3", website_token: "4" });
        expect(answer.problems).to.deep.equal([]);
    });

    it("takes the repository's before the organisation's before everybody's, whatever the case of the name", () => {
        const entries: MappingDocument["entries"] = [
            { path: "ci/repo", target: { repository: "acme/website" } },
            { path: "ci/acme", target: { organization: "acme" } },
            { path: "ci/global" },
        ];
        const paths = {
            "ci/repo": { TOKEN: "repo" },
            "ci/acme": { token: "acme", key: "acme" },
            "ci/global": { Token: "global", KEY: "global", other: "global" },
        };
        expect(valuesOf(serve(entries, paths))).to.deep.equal({ TOKEN: "repo", key: "acme", other: "global" });
    });

    it("is for the events of the entry, and says so to the server", () => {
        const entries: MappingDocument["entries"] = [
            { path: "ci/deploy", events: ["deployment", "manual"], images: ["plugins/slack"] },
            { path: "ci/pr", events: ["pull_request"] },
        ];
        const paths = { "ci/deploy": { d: "1" }, "ci/pr": { p: "2" } };
        expect(serve(entries, paths, "acme/website", "push").secrets).to.deep.equal([]);
        expect(serve(entries, paths, "acme/website", "manual").secrets).to.deep.equal([
            { name: "d", value: "1", images: ["plugins/slack"], events: ["deployment", "manual"] },
        ]);
        expect(valuesOf(serve(entries, paths, "acme/website", "pull_request_closed"))).to.deep.equal({ p: "2" });
    });

    it("keeps values as they are, and names what it cannot serve while the rest goes on", () => {
        const pem = '-----BEGIN KEY-----\n"quoted" \\ ü\n-----END KEY-----\n\n';
        const answer = serve(
            [
                { path: "ci/global" },
                { path: "ci/gone" },
                { path: "ci/json", json: true },
                { path: "ci/json", key: "no", name: "no2" },
            ],
            { "ci/global": { pem, number: 5, empty: "", a: "x", A: "y" }, "ci/json": { object: { b: [1] } } },
        );
        expect(valuesOf(answer)).to.deep.equal({ pem, object: '{"b":[1]}' });
        const reasons = answer.problems.map(({ reason }) => reason).join("\n");
        expect(reasons).to.contain("secret/ci/gone could not be read");
        expect(reasons)
            .to.contain("is a number, not text")
            .and.to.contain("is empty")
            .and.to.contain("differs by case");
        expect(reasons).to.contain("the mapping names secret/ci/json#no, which Vault does not hold");
        expect(reasons).not.to.contain(pem);
    });

    it("never has a secret without events, or for another event than its own", () => {
        const events = fc.uniqueArray(fc.constantFrom(...EVENTS), { minLength: 1 });
        fc.assert(
            fc.property(events, fc.constantFrom(...EVENTS), (allowed, event) => {
                const { secrets } = serve(
                    [{ path: "ci/global", events: allowed }],
                    { "ci/global": { a: "1" } },
                    "a/b",
                    event,
                );
                const effective = event.startsWith("pull_request") ? "pull_request" : event;
                for (const secret of secrets) expect(secret.events).to.include(effective);
                expect(secrets.length).to.equal(Number(allowed.includes(effective)));
            }),
        );
    });
});
