import { expect } from "chai";
import fc from "fast-check";
import { registryBlock } from "../../support/registrySettings.js";
import { problemsOf } from "../../support/settings.js";

const vault = { address: "https://vault.example.org" };

describe("a schedule", () => {
    const registryUrl = "https://registry.example.org";
    const of = (schedule: string) => problemsOf({ integrityProbe: { registryUrl, schedule } }).join("\n");

    for (const schedule of ["*/15 * * * *", "5/3 0-6 1,15-31/2 * 1", "59 23 31 12 6", "00 08 1 1 0", "*/70 * * * *"]) {
        it(`can be ${schedule}`, () => {
            expect(of(schedule)).equal("");
        });
    }

    const refused = {
        "0 25 * * *": 'has "25" as its hour, where numbers from 0 to 23 can stand',
        "60 * * * *": 'has "60" as its minute',
        "0 0 0 * *": 'has "0" as its day of the month',
        "0 0 1-32 * *": 'has "1-32" as its day of the month',
        "0 0 * 13 *": 'has "13" as its month',
        // Neither Kubernetes nor Woodpecker takes it for Sunday.
        "0 0 * * 7": 'has "7" as its day of the week, where numbers from 0 to 6 can stand',
        "30-10 * * * *": 'has "30-10" as its minute',
        "*/0 * * * *": 'has "*/0" as its minute',
        "*-5 * * * *": 'has "*-5" as its minute',
        "*** 5*5 99 99 99": 'has "***" as its minute',
        "0 0 * *": "is not a schedule of five cron fields, in numbers",
        "0 0 0 * * *": "is not a schedule of five cron fields, in numbers",
        "@daily": "is not a schedule of five cron fields, in numbers",
        "0 0 * jan *": "is not a schedule of five cron fields, in numbers",
    };
    for (const [schedule, problem] of Object.entries(refused)) {
        it(`cannot be ${schedule}`, () => {
            expect(of(schedule)).contain(`cicd:integrityProbe.schedule: "${schedule}" ${problem}`);
        });
    }
});

describe("a time of the registry VM's timers", () => {
    const of = (cleanUp: string) =>
        problemsOf({ vault, registry: registryBlock({ retention: { cleanUp } }) }).join("\n");

    for (const time of ["*-*-* 02:00", "Sun *-*-* 03:00", "Mon..Fri,Sun *-01,07-01 02,14:30"]) {
        it(`can be ${time}`, () => {
            expect(of(time)).equal("");
        });
    }

    for (const time of [
        "foo",
        "daily",
        "02:00",
        "*-*-* 25:00",
        "*-*-* 02:60",
        "So *-*-* 02:00",
        "*-*-* 02:00\nUnit=x",
    ]) {
        it(`cannot be ${JSON.stringify(time)}`, () => {
            expect(of(time)).contain("is not a time of systemd.timer in its long form, such as Sun *-*-* 03:00");
        });
    }
});

describe("the last day of an expected difference", () => {
    const of = (until: string) =>
        problemsOf({ drift: { expected: [{ resource: "x", reason: "y", until }] } }).join("\n");

    it("can be any day of the calendar", () => {
        const days = fc.date({ min: new Date("2000-01-01"), max: new Date("2199-12-31"), noInvalidDate: true });
        fc.assert(fc.property(days, (day) => of(day.toISOString().slice(0, 10)) === ""));
    });

    for (const until of ["2026-13-45", "2026-02-30", "2027-02-29", "2026-00-10", "tomorrow", "2026-1-1"]) {
        it(`cannot be ${until}`, () => {
            expect(of(until)).equal(`cicd:drift.expected.0.until: "${until}" is not a day, as 2027-01-31`);
        });
    }
});

describe("the address of a server", () => {
    const of = (url: string) => problemsOf({ woodpecker: { url } }).join("\n");

    for (const url of ["http://:::", "http://registry.example.org:505050", "https://[::1", "ftp://ci.example.org"]) {
        it(`cannot be ${url}`, () => {
            expect(of(url)).equal(`cicd:woodpecker.url: "${url}" is not an http(s) URL without credentials or query`);
        });
    }

    it("can have a port and a path, and be one of IPv6", () => {
        for (const url of ["http://10.0.0.1:65535/base/", "https://[::1]:8443", "https://ci"]) {
            expect(of(url)).equal("");
        }
    });
});
