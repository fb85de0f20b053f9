import { expect } from "chai";
import { probeSettings } from "../../../../jobs/integrity-probe/settings.js";

const least = { REGISTRY_URL: "https://registry.example.org:5050" };

describe("the integrity probe's settings", () => {
    it("are complete with the registry's address alone", () => {
        expect(probeSettings([], least)).to.deep.equal({
            registry: new URL("https://registry.example.org:5050/"),
            instance: "registry.example.org:5050",
            concurrency: 8,
            requestTimeoutMs: 30_000,
            deadlineSeconds: 780,
            blobs: "sample",
        });
    });

    it("take the shard from the command line or from an Indexed Job", () => {
        expect(probeSettings(["--shard", "1/4"], least).shard).to.deep.equal({ index: 1, count: 4 });
        const indexed = { ...least, SHARDS: "4", JOB_COMPLETION_INDEX: "3" };
        expect(probeSettings([], indexed).shard).to.deep.equal({ index: 3, count: 4 });
    });

    const mistakes: readonly [Record<string, string>, readonly string[], RegExp][] = [
        [{ REGISTRY_URL: "" }, [], /REGISTRY_URL: is missing/],
        [{ REGISTRY_URL: "registry.example.org" }, [], /REGISTRY_URL: is not an http/],
        [{ CONCURRENCY: "many" }, [], /CONCURRENCY: "many" is not a whole number from 1 to 64/],
        [{ BLOBS: "some" }, [], /BLOBS: "some" is not one of "none", "sample", "all"/],
        [{ DEADLINE_SECONDS: "0" }, [], /DEADLINE_SECONDS: "0"/],
        [{ REGISTRY_USERNAME: "probe" }, [], /REGISTRY_PASSWORD: is missing/],
        [{ REGISTRY_PASSWORD: "x" }, [], /REGISTRY_USERNAME: is missing/],
        [{ REGISTRY_CA: "nonsense" }, [], /REGISTRY_CA: is not a PEM certificate/],
        [{ PUSHGATEWAY_URL: "http://u:p@gateway" }, [], /PUSHGATEWAY_URL: is not an http/],
        [{ SHARDS: "4" }, [], /JOB_COMPLETION_INDEX: is missing/],
        [{ SHARDS: "4", JOB_COMPLETION_INDEX: "4" }, [], /JOB_COMPLETION_INDEX: 4 is not below SHARDS/],
        [{}, ["--shard", "4/4"], /allowed is --shard i\/n/],
        [{}, ["--dry-run"], /Unknown arguments "--dry-run"/],
    ];
    for (const [changes, argv, message] of mistakes) {
        it(`refuse ${JSON.stringify(changes)} ${argv.join(" ")}`, () => {
            expect(() => probeSettings(argv, { ...least, ...changes })).to.throw(message);
        });
    }
});
