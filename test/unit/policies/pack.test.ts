import { type ResourceValidationArgs, type ResourceValidationPolicy, Secret } from "@pulumi/policy";
import { expect } from "chai";
import { imageTag } from "../../../policies/checks/imageTag.js";
import { checks } from "../../../policies/checks/index.js";
import { secretMarked } from "../../../policies/checks/secretMarked.js";
import { policyOf } from "../../../policies/pack.js";

const pod = { spec: { containers: [{ name: "main", image: "nginx" }] } };

/** Runs a policy as the engine does: what remediates first, then what validates. */
function run(policy: ResourceValidationPolicy, props: Record<string, unknown>, config: object = {}): string[] {
    const found: string[] = [];
    const args = (view: Record<string, unknown>) =>
        ({
            type: "kubernetes:core/v1:Pod",
            name: "it",
            urn: "urn:it",
            props: view,
            getConfig: () => config,
        }) as unknown as ResourceValidationArgs;
    policy.remediateResource?.(args(props));
    const validations = [policy.validateResource ?? []].flat();
    for (const validate of validations) validate(args(plain(props)), (message) => found.push(message));
    return found;
}

/** What the SDK shows a validation: secrets in plain. */
function plain(value: unknown): never {
    if (value instanceof Secret) return plain(value.value);
    if (Array.isArray(value)) return value.map(plain) as never;
    if (typeof value !== "object" || value === null) return value as never;
    // Entries would read what is not known; the descriptors keep it as it is.
    const descriptors = Object.entries(Object.getOwnPropertyDescriptors(value)).map(
        ([key, descriptor]) =>
            [key, descriptor.get ? descriptor : { ...descriptor, value: plain(descriptor.value) }] as const,
    );
    return Object.defineProperties({}, Object.fromEntries(descriptors)) as never;
}

/** Throws when it is read, as the SDK does for what a preview cannot know. */
const unknownProperty = {
    enumerable: true,
    get: () => {
        throw new Error("can't be known during preview");
    },
};

describe("the policy pack", () => {
    it("has a name of its own, a severity, a reason and a remedy for every policy", () => {
        expect(new Set(checks.map(({ name }) => name)).size).to.equal(checks.length);
        for (const check of checks) {
            expect(check.name).to.match(/^[a-z0-9]+(-[a-z0-9]+)+$/);
            for (const text of [check.description, check.why, check.remedy]) expect(text).to.match(/^[A-Z`].{20,}\S$/s);
            for (const { reason } of check.allow ?? []) expect(reason.length).to.be.at.least(10);
        }
    });

    it("stops at every policy unless the pack's configuration says otherwise", () => {
        for (const policy of checks.map(policyOf))
            expect(["mandatory", "remediate"]).to.include(policy.enforcementLevel);
    });

    it("reports what is wrong together with the remedy", () => {
        const [message] = run(policyOf(imageTag), pod);
        expect(message).to.include('"nginx" has no tag').and.include(`Remedy: ${imageTag.remedy}`);
    });

    it("lets exceptions of the configuration pass, in place of its own", () => {
        const allow = [{ subject: "nginx", reason: "a test of exceptions" }];
        expect(run(policyOf(imageTag), pod, { allow })).to.deep.equal([]);
        const kubectl = { spec: { containers: [{ image: "bitnami/kubectl:latest" }] } };
        expect(run(policyOf(imageTag), kubectl)).to.deep.equal([]);
        expect(run(policyOf(imageTag), kubectl, { allow })).to.have.length(1);
    });

    it("offers its own exceptions as the default of its configuration", () => {
        const { properties } = policyOf(imageTag).configSchema ?? { properties: {} };
        expect(properties.allow?.default).to.deep.equal(imageTag.allow);
    });

    it("judges what is known beside what is not", () => {
        const props = Object.defineProperties({ ...pod }, { status: unknownProperty });
        expect(run(policyOf(imageTag), props)).to.have.length(1);
    });

    it("knows what is marked secret, and changes nothing", () => {
        const policy = policyOf(secretMarked);
        expect(run(policy, { token: "x" })).to.have.length(1);
        expect(run(policy, { token: new Secret("x"), list: [{ password: new Secret("y") }] })).to.deep.equal([]);
        expect(run(policy, { data: new Secret({ password: "y" }) })).to.deep.equal([]);
        expect(policy.remediateResource?.({ urn: "urn:it", props: { token: "x" } } as never)).to.equal(undefined);
    });
});
