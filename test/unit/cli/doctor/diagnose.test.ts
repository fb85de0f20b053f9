import { expect } from "chai";
import { type Check, makeCheck } from "../../../../cli/doctor/check.js";
import { diagnose, exitCodeOf } from "../../../../cli/doctor/diagnose.js";
import { broken, type Examination, type Finding } from "../../../../cli/doctor/finding.js";
import { textOf } from "../../../../cli/doctor/report.js";
import { ServerDown } from "../../../../cli/doctor/servers/serverDown.js";
import { World } from "../../../../cli/doctor/world.js";
import { parseSettings } from "../../../../config/parse.js";
import { HttpClient } from "../../../../jobs/lib/http.js";

const http = new HttpClient({ connections: 1 });
const world = new World({
    stack: "test",
    settings: parseSettings({}),
    http,
    kubernetes: () => Promise.reject(new Error("no cluster")),
    tokens: {},
    timeoutMs: 100,
});

function check(name: string, examine: () => Promise<Examination>, applies = true): Check {
    return makeCheck({
        name,
        proves: `${name} is right`,
        applies: () => applies,
        read: examine,
        judge: (seen) => seen,
    });
}

const sound = check("sound", async () => ({ looked: ["a", "b"], findings: [] }));
const found = (...findings: Finding[]) => check("found", async () => ({ looked: ["a"], findings }));
const down = (name: string) => check(name, () => Promise.reject(new ServerDown("Vault", "is sealed", "unseal it")));

describe("diagnose", () => {
    it("costs one line for a server that is down, whatever number of checks wanted it", async () => {
        const diagnosis = await diagnose([sound, down("first"), down("second")], world, 1000);
        expect(diagnosis.down).deep.equal([
            { server: "Vault", reason: "is sealed", mend: "unseal it", leftOut: ["first", "second"] },
        ]);
        expect(exitCodeOf(diagnosis)).equal(1);
        expect(textOf(diagnosis).match(/is sealed/g)).length(1);
    });

    it("ends with 2 for findings, also beside a server that is down", async () => {
        const diagnosis = await diagnose([down("first"), found(broken("x", "is gone", "make it"))], world, 1000);
        expect(exitCodeOf(diagnosis)).equal(2);
        expect(textOf(diagnosis)).match(/broken {3}found {2}x: is gone\n\s+mend: make it/);
    });

    it("ends with 0 when nothing was found, and says what was looked at", async () => {
        const diagnosis = await diagnose([sound], world, 1000);
        expect(exitCodeOf(diagnosis)).equal(0);
        expect(textOf(diagnosis)).match(/ok +sound +2 +sound is right/);
    });

    it("does not wait for a check that hangs, and calls it unknown", async () => {
        const diagnosis = await diagnose([check("slow", () => new Promise(() => {})), sound], world, 50);
        expect(diagnosis.checks.map(({ check, state }) => [check, state])).deep.equal([
            ["slow", "unknown"],
            ["sound", "ok"],
        ]);
        expect(exitCodeOf(diagnosis)).equal(1);
    });

    it("leaves out what the settings switch off", async () => {
        const off = check("off", () => Promise.reject(new Error("asked")), false);
        expect((await diagnose([off], world, 1000)).checks).deep.equal([]);
    });
});
