import { expect } from "chai";
import fc from "fast-check";
import { GrowingLog, jobOf } from "../../../../cli/lib/jobs.js";

describe("a job that is started by hand", () => {
    it("is what the schedule would start, owned by its CronJob and marked", () => {
        const spec = { template: { spec: { containers: [] } }, backoffLimit: 0 };
        const template = { metadata: { labels: { a: "b" } }, spec };
        const job = jobOf(
            { metadata: { name: "secret-sync", uid: "u-1" }, spec: { schedule: "* * * * *", jobTemplate: template } },
            0,
        );
        expect(job.spec).equal(spec);
        expect(job.metadata?.labels).deep.equal({ a: "b" });
        expect(job.metadata?.annotations).deep.equal({ "cronjob.kubernetes.io/instantiate": "manual" });
        expect(job.metadata?.ownerReferences?.[0]).include({ kind: "CronJob", uid: "u-1", controller: true });
    });

    it("has a name that Kubernetes takes, however long that of its CronJob is", () => {
        const job = jobOf({ metadata: { name: "a".repeat(52) }, spec: { schedule: "", jobTemplate: {} } }, Date.now());
        expect(job.metadata?.name).match(/^[a-z0-9-]{1,63}$/);
    });
});

describe("the log of a running job", () => {
    it("is passed on line by line, each once, however it is cut", () => {
        const text = fc.array(fc.stringMatching(/^[a-z ]{0,8}$/), { minLength: 1, maxLength: 8 });
        fc.assert(
            fc.property(text, fc.array(fc.nat(80), { maxLength: 6 }), (lines, cuts) => {
                const whole = lines.map((line) => `${line}\n`).join("");
                const seen: string[] = [];
                const log = new GrowingLog((line) => seen.push(line));
                for (const cut of [...cuts].sort((a, b) => a - b)) log.take(whole.slice(0, cut));
                log.take(whole);
                log.finish();
                expect(seen).deep.equal(lines);
            }),
        );
    });

    it("gives its summary apart, also without a newline at the end", () => {
        const seen: string[] = [];
        const log = new GrowingLog((line) => seen.push(line));
        log.take('+ global/a: create\n{"complete":true}');
        log.finish();
        expect(seen).deep.equal(["+ global/a: create"]);
        expect(log.summary).deep.equal({ complete: true });
    });
});
