import { expect } from "chai";
import { cronJobSpec } from "../../../../components/monitoring/cronJob.js";
import { integrityProbe } from "../../../../config/integrityProbe.js";
import { probeSettings } from "../../../../jobs/integrity-probe/settings.js";

const login = {
    username: { path: "ci/registry", key: "username" },
    password: { path: "ci/registry", key: "password" },
};
const spec = (block: object = {}) =>
    cronJobSpec({
        probe: integrityProbe.parse({ registryUrl: "https://registry.example.org", ...block }),
        image: "node:24",
        programHash: "abc",
    });
const job = (block?: object) => spec(block).jobTemplate.spec;
const pod = (block?: object) => job(block).template.spec;
const environment = (block?: object) =>
    Object.fromEntries((pod(block).containers[0]?.env ?? []).map(({ name, value }) => [name, value]));

describe("the CronJob of the integrity probe", () => {
    it("never runs twice at once, never repeats a run, and ends before the next one", () => {
        expect(spec()).to.include({ schedule: "*/15 * * * *", concurrencyPolicy: "Forbid" });
        expect(job()).to.deep.include({ backoffLimit: 0, activeDeadlineSeconds: 840 });
        expect(pod().restartPolicy).to.equal("Never");
    });

    it("gives the pod no rights and no way to gain any", () => {
        expect(pod()).to.include({ automountServiceAccountToken: false });
        expect(pod().securityContext).to.include({ runAsNonRoot: true });
        expect(pod().containers[0]?.securityContext).to.deep.equal({
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
        });
        expect(pod().containers[0]?.resources).to.have.keys("requests", "limits");
    });

    it("hands the login over in files, never in the environment", () => {
        expect(environment({ login })).to.include({
            REGISTRY_USERNAME_FILE: "/login/username",
            REGISTRY_PASSWORD_FILE: "/login/password",
        });
        expect(pod({ login }).volumes.map(({ name }) => name)).to.deep.equal(["program", "login"]);
        expect(pod().volumes.map(({ name }) => name)).to.deep.equal(["program"]);
    });

    it("starts another pod when the program changes", () => {
        expect(job().template.metadata.annotations).to.deep.equal({ "cicd/program-hash": "abc" });
    });

    it("runs an Indexed Job of one pod a shard, of which one may fail alone", () => {
        expect(job({ shards: 3 })).to.deep.include({
            completionMode: "Indexed",
            completions: 3,
            parallelism: 3,
            backoffLimitPerIndex: 0,
        });
        expect(job({ shards: 3 })).not.to.have.property("backoffLimit");
    });

    it("speaks the program's own language", () => {
        const block = { shards: 3, requestBudget: 500, instance: "a", pushgatewayUrl: "http://push.example.org" };
        expect(probeSettings([], { ...environment(block), JOB_COMPLETION_INDEX: "2" })).to.deep.include({
            registry: new URL("https://registry.example.org/"),
            gateway: new URL("http://push.example.org/"),
            instance: "a",
            requestBudget: 500,
            deadlineSeconds: 780,
            blobs: "sample",
            shard: { index: 2, count: 3 },
        });
    });
});
