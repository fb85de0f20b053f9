import { expect } from "chai";
import { driftStaleAfterSeconds } from "../../../config/drift.js";
import { parseSettings } from "../../../config/parse.js";
import { staleAfterSeconds } from "../../../config/stale.js";
import { vaultTokenShort } from "../../../policies/checks/vaultTokenShort.js";
import { withPipeline } from "../../support/infraSettings.js";
import { problemsOf, type RawSettings, rawSettings } from "../../support/settings.js";

describe("the deadline of the secret sync", () => {
    const of = (deadlineSeconds: number) => problemsOf(rawSettings({ apps: {}, secretSync: { deadlineSeconds } }));

    it("leaves its Vault token, which ends a minute later, the half hour that the policy allows", () => {
        expect(vaultTokenShort.remedy).contain("1800 seconds or less");
        expect(of(1740)).deep.equal([]);
        expect(of(1741)).deep.equal(["cicd:secretSync.deadlineSeconds: 1741 must have at most 1740 as its value"]);
    });
});

describe("after how long a job counts as stale", () => {
    const registryUrl = "https://registry.example.org";
    const HOUR = 3600;
    const DAY = 24 * HOUR;
    const probe = (job: object, staleAfterSeconds?: number) => ({
        integrityProbe: { registryUrl, ...job, alerts: { staleAfterSeconds } },
    });
    const sync = (job: object, staleAfterSeconds?: number) =>
        rawSettings({ apps: {}, secretSync: { ...job, alerts: { staleAfterSeconds } } });
    const detection = (schedule: string, staleAfterSeconds?: number, timeoutMinutes = 60) => ({
        ...withPipeline("drift-detection", { schedule }),
        woodpecker: { url: "https://ci.example.org", timeoutMinutes },
        drift: { alerts: { staleAfterSeconds } },
    });
    const ofProbe = (raw: RawSettings) => {
        const { integrityProbe } = parseSettings(raw);
        return integrityProbe && staleAfterSeconds("integrityProbe", integrityProbe);
    };
    const ofSync = (raw: RawSettings) => {
        const { secretSync } = parseSettings(raw);
        return secretSync && staleAfterSeconds("secretSync", secretSync);
    };
    const ofDrift = (raw: RawSettings) => driftStaleAfterSeconds(parseSettings(raw));

    it("is what it always was at the usual schedules, and at those that run more often", () => {
        for (const schedule of ["*/15 * * * *", "*/5 * * * *"]) expect(ofProbe(probe({ schedule }))).equal(HOUR);
        for (const schedule of ["0 */6 * * *", "0 * * * *"]) expect(ofSync(sync({ schedule }))).equal(13 * HOUR);
        for (const schedule of ["0 0 * * *", "0 */6 * * *"]) expect(ofDrift(detection(schedule))).equal(26 * HOUR);
    });

    it("follows from the longest pause of the schedule, the deadline and half an hour", () => {
        expect(ofProbe(probe({ schedule: "0 3 * * *" }))).equal(DAY + 780 + 1800);
        expect(ofProbe(probe({ deadlineSeconds: 7200 }))).equal(900 + 7200 + 1800);
        expect(ofProbe(probe({ schedule: "0 8-18 * * 1-5" }))).equal(62 * HOUR + 780 + 1800);
        expect(ofSync(sync({ schedule: "0 3 * * 0" }))).equal(7 * DAY + 300 + 1800);
        expect(ofDrift(detection("0 3 * * 0", undefined, 120))).equal(7 * DAY + 2 * HOUR + 1800);
    });

    it("is the same for who looks without alerts", () => {
        expect(ofProbe({ integrityProbe: { registryUrl, schedule: "0 3 * * *" } })).equal(DAY + 780 + 1800);
        expect(driftStaleAfterSeconds({})).equal(26 * HOUR);
    });

    it("is what the stack file says, where that is enough", () => {
        expect(ofProbe(probe({ schedule: "0 3 * * *" }, DAY + 1200))).equal(DAY + 1200);
        expect(ofProbe(probe({ schedule: "0 3 * * *", deadlineSeconds: 7200 }, DAY + 7200))).equal(DAY + 7200);
        expect(ofSync(sync({ schedule: "0 3 * * 0" }, 8 * DAY))).equal(8 * DAY);
        expect(ofDrift(detection("0 0 1 1 *", 370 * DAY))).equal(370 * DAY);
    });

    const refused: readonly [what: string, raw: RawSettings, problem: string][] = [
        [
            "an hour for a probe that runs once a day",
            probe({ schedule: "0 3 * * *" }, HOUR),
            `cicd:integrityProbe.alerts.staleAfterSeconds: 3600 is too short for cicd:integrityProbe.schedule "0 3 * * *" and deadlineSeconds 780: set at least ${DAY + 1200}, or leave it out`,
        ],
        [
            "less than the alert on a broken image waits, and a pause",
            probe({}, 2099),
            'cicd:integrityProbe.alerts.staleAfterSeconds: 2099 is too short for cicd:integrityProbe.schedule "*/15 * * * *" and deadlineSeconds 780: set at least 2100, or leave it out',
        ],
        [
            "less than a pause and the deadline of the probe",
            probe({ deadlineSeconds: 7200 }, 8099),
            'cicd:integrityProbe.alerts.staleAfterSeconds: 8099 is too short for cicd:integrityProbe.schedule "*/15 * * * *" and deadlineSeconds 7200: set at least 8100, or leave it out',
        ],
        [
            "less than a pause and the deadline of the sync",
            sync({}, 21_899),
            'cicd:secretSync.alerts.staleAfterSeconds: 21899 is too short for cicd:secretSync.schedule "0 */6 * * *" and deadlineSeconds 300: set at least 21900, or leave it out',
        ],
        [
            "a day for drift detection that runs once a week",
            detection("0 3 * * 0", DAY),
            `cicd:drift.alerts.staleAfterSeconds: ${DAY} is too short for cicd:infra.pipelines.drift-detection.schedule "0 3 * * 0" and cicd:woodpecker.timeoutMinutes 60: set at least ${7 * DAY + HOUR}, or leave it out`,
        ],
    ];
    for (const [what, raw, problem] of refused) {
        it(`cannot be ${what}`, () => {
            expect(problemsOf(raw)).deep.equal([problem]);
        });
    }

    it("is not spoken of where the schedule is none", () => {
        const [problem, ...more] = problemsOf(probe({ schedule: "0 25 * * *" }, 300));
        expect(problem).contain('has "25" as its hour');
        expect(more).deep.equal([]);
    });

    it("is nobody's to check where no pipeline looks for drift", () => {
        expect(problemsOf({ drift: { alerts: { staleAfterSeconds: 300 } } })).deep.equal([]);
    });
});
