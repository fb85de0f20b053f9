import { expect } from "chai";
import fc from "fast-check";
import { UNKNOWN, type Values } from "../../../../providers/lib/values.js";
import { check } from "../../../../providers/woodpecker/plugin/check.js";
import { resourceTypes } from "../../../../providers/woodpecker/plugin/table.js";

const problems = (name: string, inputs: Values) => check(propertiesOf(name), inputs).problems;

function propertiesOf(name: string) {
    const type = resourceTypes.find((candidate) => candidate.name === name);
    if (type === undefined) throw new Error(`no resource ${name}`);
    return type.properties;
}

const secret = { repositoryId: 7, name: "token", value: "x", events: ["push"] };
const cron = { repositoryId: 7, name: "nightly", schedule: "0 3 * * *" };

describe("inputs of the Woodpecker provider", () => {
    it("reports every problem at once, each with property, value and what is allowed", () => {
        const wrong = {
            fullName: "website",
            timeout: 0,
            requireApproval: "all",
            trusted: { network: true },
            timout: 5,
        };
        expect(problems("Repository", wrong))
            .to.have.lengthOf(5)
            .and.satisfy((found: string[]) =>
                [
                    '[fullName] "website" is not owner/name',
                    "[timeout] 0 is less than 1",
                    '[requireApproval] "all" is not allowed; allowed: none, forks, pull_requests, all_events',
                    '[trusted] {"network":true} is not {network, volumes, security}, each true or false',
                ].every((line) => found.includes(line)),
            );
        expect(problems("Repository", wrong)[4]).to.match(/^\[timout\] is unknown; allowed are fullName, .*timeout/);
    });

    it("refuses the server's own properties as inputs", () => {
        expect(problems("Repository", { fullName: "acme/shop", repositoryId: 3 })[0]).to.match(
            /^\[repositoryId\] is unknown/,
        );
    });

    it("never shows a secret value", () => {
        expect(problems("RepositorySecret", { ...secret, value: { deep: "hunter2" } })).to.deep.equal([
            "[value] (secret) is not a string",
        ]);
    });

    it("says what is missing and what it is for", () => {
        expect(problems("Cron", {}).map((line) => line.split(":")[0])).to.deep.equal([
            "[repositoryId] is missing",
            "[name] is missing",
            "[schedule] is missing",
        ]);
    });

    it("lets pass what a preview does not know yet, also inside of lists and maps", () => {
        expect(problems("RepositorySecret", { ...secret, repositoryId: UNKNOWN, events: [UNKNOWN] })).to.deep.equal([]);
        expect(problems("Cron", { ...cron, schedule: UNKNOWN, variables: { A: UNKNOWN } })).to.deep.equal([]);
    });

    it("stores what was given and no defaults", () => {
        expect(check(propertiesOf("Cron"), { ...cron, branch: null, __defaults: [] }).inputs).to.deep.equal(cron);
    });

    const names: [string, boolean][] = [
        ["docker_password", true],
        ["ÄÖ-$x", true],
        ["", false],
        ["a/b", false],
        ["..", false],
        [" padded", false],
        ["line\nbreak", false],
    ];
    for (const [name, good] of names) {
        it(`${good ? "takes" : "refuses"} ${JSON.stringify(name)} as the name of a secret`, () => {
            expect(problems("RepositorySecret", { ...secret, name })).to.have.lengthOf(good ? 0 : 1);
        });
    }

    const schedules: [string, string | undefined][] = [
        ["0 3 * * *", undefined],
        ["*/15 0-6,20 1 JAN-MAR mon", undefined],
        ["@daily", undefined],
        ["@every 1h30m", undefined],
        ["61 3 * * *", 'minute "61"'],
        ["0 3 * 13 8", 'month "13", day of week "8"'],
        ["5-1 3 * * *", 'minute "5-1"'],
        ["*/0 * * * *", 'minute "*/0"'],
        ["0 0 3 * * *", "6 fields"],
        ["", "0 fields"],
        ["@nightly", "@daily"],
    ];
    for (const [schedule, complaint] of schedules) {
        it(`${complaint ? "refuses" : "takes"} the schedule ${JSON.stringify(schedule)}`, () => {
            const found = problems("Cron", { ...cron, schedule });
            if (complaint === undefined) expect(found).to.deep.equal([]);
            else expect(found.join()).to.include(complaint);
        });
    }

    it("takes the time zones there are", () => {
        expect(problems("Cron", { ...cron, timezone: "Europe/Berlin" })).to.deep.equal([]);
        expect(problems("Cron", { ...cron, timezone: "Mars/X" })[0]).to.match(/^\[timezone\] "Mars\/X" is not an IANA/);
    });

    it("takes registries by host and port only, as far as the server can read them as a URL", () => {
        const refused = [
            "127.0.0.1:5000",
            "[::1]:5000",
            "https://registry.example.org",
            "registry.example.org/acme",
            "",
        ];
        const taken = ["registry.example.org", "registry.example.org:5050", "localhost:5000", "127.0.0.1"];
        const login = { username: "ci", password: "x" };
        const wrong = [...taken, ...refused].filter(
            (address) => problems("GlobalRegistry", { ...login, address }).length,
        );
        expect(wrong).to.deep.equal(refused);
    });

    it("refuses image names that the server refuses", () => {
        const images = ["docker.io/plugins/slack:1", "a b("];
        expect(problems("RepositorySecret", { ...secret, images })[0]).to.include('has "a b(": not an image name');
    });

    it("never throws, whatever it is given", () => {
        const inputs = fc.dictionary(fc.constantFrom(...Object.keys(propertiesOf("Repository")), "x"), fc.anything());
        fc.assert(fc.property(inputs, (values) => Array.isArray(problems("Repository", values))));
    });
});
