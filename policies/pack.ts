import type { PolicyConfigSchema, ResourceValidationPolicy } from "@pulumi/policy";
import type { Check, Exception, Violation } from "./lib/check.js";
import { readProperties, secretPathsOf } from "./lib/properties.js";
import type { Resource } from "./lib/resource.js";

/** What a check says about a resource, without what is excepted. */
export function judge(check: Check, resource: Resource, allow: readonly Exception[] = check.allow ?? []): Violation[] {
    const excepted = new Set(allow.map(({ subject }) => subject));
    return check.find(resource).filter(({ subject }) => !excepted.has(subject));
}

/** The policy that asks the question of a check; a violation stops the preview. */
export function policyOf(check: Check): ResourceValidationPolicy {
    const { name, description, severity, remedy } = check;
    return {
        name,
        description,
        severity,
        remediationSteps: remedy,
        configSchema: exceptions(check),
        ...(check.looksAtSecrets ? withSecrets(check) : validation(check, () => undefined)),
    };
}

type Parts = Pick<ResourceValidationPolicy, "enforcementLevel" | "remediateResource" | "validateResource">;

function validation(check: Check, secretPaths: (urn: string) => ReadonlySet<string> | undefined): Parts {
    return {
        enforcementLevel: "mandatory",
        validateResource: ({ type, name, urn, props, getConfig }, report) => {
            const { allow } = getConfig<{ allow?: Exception[] }>();
            const marked = secretPaths(urn);
            const resource = { type, name, properties: readProperties(props), ...(marked && { secretPaths: marked }) };
            for (const { message } of judge(check, resource, allow)) report(`${message}\nRemedy: ${check.remedy}`);
        },
    };
}

/**
 * A validation that is told what is marked secret.
 *
 * The SDK shows this to remediations alone, which the engine calls before; so there is one that changes nothing. Its level is
 * `remediate`, at which a violation stops the preview as at `mandatory`.
 */
function withSecrets(check: Check): Parts {
    const marked = new Map<string, ReadonlySet<string>>();
    return {
        ...validation(check, (urn) => marked.get(urn)),
        enforcementLevel: "remediate",
        remediateResource: ({ urn, props }) => {
            marked.set(urn, secretPathsOf(props));
        },
    };
}

function exceptions({ allow = [] }: Check): PolicyConfigSchema {
    return {
        properties: {
            allow: {
                type: "array",
                description: "What the policy lets pass, each with the reason.",
                items: {
                    type: "object",
                    properties: {
                        subject: { type: "string", minLength: 1 },
                        reason: { type: "string", minLength: 10 },
                    },
                    required: ["subject", "reason"],
                    additionalProperties: false,
                },
                default: allow.map((exception) => ({ ...exception })),
            },
        },
    };
}
