import { expect } from "chai";
import { syncSettings } from "../../../../jobs/secret-sync/settings.js";

const least = {
    VAULT_ADDR: "https://vault.example.org",
    VAULT_JWT: "jwt",
    WOODPECKER_SERVER: "https://ci.example.org",
    WOODPECKER_TOKEN_PATH: "ci/secret-sync#woodpecker-token",
    FINGERPRINT_KEY_PATH: "ci/secret-sync#fingerprint-key",
};

describe("the secret sync's settings", () => {
    it("plan with every key of ci/global unless told otherwise", () => {
        const read = syncSettings([], least);
        expect(read).to.deep.include({
            mode: "plan",
            pruneLimit: { count: 10 },
            instance: "vault",
            deadlineSeconds: 300,
        });
        expect(read.mapping).to.deep.equal({
            entries: [
                {
                    path: "ci/global",
                    target: "global",
                    events: ["cron", "deployment", "manual", "push", "tag"],
                    images: [],
                    json: false,
                    adopt: false,
                },
            ],
            emptied: [],
        });
    });

    it("take the mode from the command line or the environment", () => {
        expect(syncSettings(["apply"], least).mode).to.equal("apply");
        expect(syncSettings([], { ...least, MODE: "apply" }).mode).to.equal("apply");
    });

    const mapping = (entry: object) => ({ MAPPING: JSON.stringify({ entries: [entry] }) });
    const mistakes: readonly [Record<string, string>, readonly string[], RegExp][] = [
        [{ VAULT_ADDR: "" }, [], /VAULT_ADDR: is missing/],
        [{ VAULT_TOKEN: "t" }, [], /VAULT_JWT, VAULT_TOKEN: set one of the two/],
        [{ VAULT_JWT: "" }, [], /VAULT_JWT, VAULT_TOKEN: set one of the two/],
        [{ WOODPECKER_TOKEN: "t" }, [], /WOODPECKER_TOKEN, WOODPECKER_TOKEN_PATH: set one of the two/],
        [{ FINGERPRINT_KEY_PATH: "" }, [], /FINGERPRINT_KEY, FINGERPRINT_KEY_PATH: set one of the two/],
        [{ FINGERPRINT_KEY_PATH: "ci/x" }, [], /FINGERPRINT_KEY_PATH: "ci\/x" is not path#key/],
        [{ WOODPECKER_TOKEN_PATH: "ci/global#t" }, [], /WOODPECKER_TOKEN_PATH: "ci\/global" is copied by the mapping/],
        [{ PRUNE_LIMIT: "all" }, [], /PRUNE_LIMIT: "all" is neither a number such as "10" nor a share/],
        [{ MODE: "sync" }, [], /MODE: "sync" is neither "plan" nor "apply"/],
        [{ MAPPING: "{" }, [], /MAPPING: is not JSON/],
        [mapping({ path: "a", name: "x" }), [], /MAPPING entries.0: has a name for every key/],
        [mapping({ path: "/a" }), [], /MAPPING entries.0.path: is not the path of a secret/],
        [
            mapping({ path: "a", images: ["a b("] }),
            [],
            /MAPPING entries.0.images: has something that is not an image name/,
        ],
        [mapping({ path: "a", typo: 1 }), [], /MAPPING entries.0: Unrecognized key: "typo"/],
        [{}, ["--now"], /Unknown arguments "--now"; allowed is plan or apply/],
    ];
    for (const [changes, argv, message] of mistakes) {
        it(`refuse ${JSON.stringify(changes)} ${argv.join(" ")}`, () => {
            expect(() => syncSettings(argv, { ...least, ...changes })).to.throw(message);
        });
    }
});
