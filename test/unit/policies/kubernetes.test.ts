import { expect } from "chai";
import { cronJobSpec } from "../../../components/monitoring/cronJob.js";
import { integrityProbe } from "../../../config/integrityProbe.js";
import { cronJobLimits } from "../../../policies/checks/cronJobLimits.js";
import { cronJobOverlap } from "../../../policies/checks/cronJobOverlap.js";
import { cronJobSecurity } from "../../../policies/checks/cronJobSecurity.js";
import { kyvernoDownstream } from "../../../policies/checks/kyvernoDownstream.js";
import { kyvernoExisting } from "../../../policies/checks/kyvernoExisting.js";
import type { Check } from "../../../policies/lib/check.js";
import type { Properties } from "../../../policies/lib/resource.js";
import { messages, resource } from "../../support/policies.js";

/** The probe's CronJob with one edit. */
function cronJob(edit: (parts: { spec: Part; job: Part; pod: Part; container: Part }) => void = () => {}) {
    const probe = integrityProbe.parse({ registryUrl: "https://registry.example.org" });
    const spec = structuredClone(cronJobSpec({ probe, image: "node:24", programHash: "0" })) as unknown as Part;
    const job = spec.jobTemplate.spec;
    const pod = job.template.spec;
    edit({ spec, job, pod, container: pod.containers[0] });
    return resource("kubernetes:batch/v1:CronJob", { spec });
}
// biome-ignore lint/suspicious/noExplicitAny: a manifest to be broken in many places.
type Part = any;

const each = (check: Check, edits: readonly Parameters<typeof cronJob>[0][]) =>
    edits.map((edit) => messages(check, cronJob(edit)).length);

describe("cronjob-never-overlaps", () => {
    it("takes a CronJob that waits for its last run", () => {
        expect(messages(cronJobOverlap, cronJob())).to.deep.equal([]);
    });
    it("stops overlap and missing deadlines", () => {
        const edits = [
            ({ spec }: Part) => delete spec.concurrencyPolicy,
            ({ spec }: Part) => (spec.concurrencyPolicy = "Replace"),
            ({ spec }: Part) => delete spec.startingDeadlineSeconds,
            ({ job }: Part) => (job.activeDeadlineSeconds = 0),
        ];
        expect(each(cronJobOverlap, edits)).to.deep.equal([1, 1, 1, 1]);
    });
});

describe("cronjob-has-limits", () => {
    it("takes a container with all four, and stops it without one", () => {
        expect(messages(cronJobLimits, cronJob())).to.deep.equal([]);
        const edits = [
            ({ container }: Part) => delete container.resources.limits.memory,
            ({ container }: Part) => delete container.resources.requests,
            ({ container }: Part) => delete container.resources,
            ({ pod }: Part) => (pod.initContainers = [{ name: "first" }]),
        ];
        expect(each(cronJobLimits, edits)).to.deep.equal([1, 2, 4, 4]);
    });
});

describe("cronjob-is-locked-down", () => {
    it("takes a pod that can do no more than its work", () => {
        expect(messages(cronJobSecurity, cronJob())).to.deep.equal([]);
        const own = cronJob(({ pod, container }) => {
            container.securityContext = { ...pod.securityContext, ...container.securityContext };
            delete pod.securityContext;
        });
        expect(messages(cronJobSecurity, own)).to.deep.equal([]);
    });
    const edits: Record<string, Parameters<typeof cronJob>[0]> = {
        "runs as root": ({ container }) => (container.securityContext.runAsNonRoot = false),
        "says user 0": ({ pod }) => (pod.securityContext.runAsUser = 0),
        "has no seccomp profile": ({ pod }) => delete pod.securityContext.seccompProfile,
        "is privileged": ({ container }) => (container.securityContext.privileged = true),
        "may escalate": ({ container }) => delete container.securityContext.allowPrivilegeEscalation,
        "writes its root": ({ container }) => delete container.securityContext.readOnlyRootFilesystem,
        "keeps capabilities": ({ container }) => (container.securityContext.capabilities.drop = ["NET_RAW"]),
        "adds capabilities": ({ container }) => (container.securityContext.capabilities.add = ["SYS_ADMIN"]),
        "is in the host's network": ({ pod }) => (pod.hostNetwork = true),
        "mounts the host": ({ pod }) => pod.volumes.push({ name: "x", hostPath: { path: "/" } }),
        "has the default token": ({ pod }) => delete pod.automountServiceAccountToken,
    };
    for (const [what, edit] of Object.entries(edits)) {
        it(`stops a pod that ${what}`, () => {
            expect(messages(cronJobSecurity, cronJob(edit))).to.have.length(1);
        });
    }
});

describe("Kyverno's policies that generate", () => {
    const cluster = (generate: object, spec: object = {}) =>
        resource("kubernetes:kyverno.io/v1:ClusterPolicy", {
            spec: { ...spec, rules: [{ name: "spread", generate: { kind: "Secret", ...generate } }] },
        } as Properties);
    const generating = (evaluation: object) =>
        resource("kubernetes:policies.kyverno.io/v1beta1:GeneratingPolicy", { spec: { evaluation } } as Properties);

    it("keep downstream, in both interfaces", () => {
        expect(messages(kyvernoDownstream, cluster({ orphanDownstreamOnPolicyDelete: true }))).to.deep.equal([]);
        expect(messages(kyvernoDownstream, cluster({}))).to.have.length(1);
        const on = { orphanDownstreamOnPolicyDelete: { enabled: true } };
        expect(messages(kyvernoDownstream, generating(on))).to.deep.equal([]);
        expect(messages(kyvernoDownstream, generating({}))).to.have.length(1);
    });
    it("generate for existing namespaces, by rule or by policy", () => {
        expect(messages(kyvernoExisting, cluster({ generateExisting: true }))).to.deep.equal([]);
        expect(messages(kyvernoExisting, cluster({}, { generateExisting: true }))).to.deep.equal([]);
        expect(
            messages(kyvernoExisting, cluster({ generateExisting: false }, { generateExisting: true })),
        ).to.have.length(1);
        expect(messages(kyvernoExisting, generating({ generateExisting: { enabled: true } }))).to.deep.equal([]);
        expect(messages(kyvernoExisting, generating({}))).to.have.length(1);
    });
    it("are the only ones that are judged", () => {
        const validates = resource("kubernetes:kyverno.io/v1:ClusterPolicy", {
            spec: { rules: [{ name: "x", validate: {} }] },
        });
        expect(messages(kyvernoDownstream, validates)).to.deep.equal([]);
    });
});
