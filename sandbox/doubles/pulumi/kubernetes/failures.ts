/** Failures in the words of the plugin. */

import { ApiError, NoMatchError } from "./api.js";
import { NotReadyError } from "./await.js";

/** A preview of a creation goes on without the server where only the real run can tell. */
export function cannotBePreviewed({ reason, code, details }: ApiError): boolean {
    return reason === "Forbidden" || reason === "AlreadyExists" || (code === 404 && details.kind === "namespaces");
}

/** Why an object could not be created, and what to do about it. */
export function createFailure(urn: string, apiVersion: string, error: Error): string {
    if (error instanceof NoMatchError) {
        return `creation of resource "${urn}" failed because the Kubernetes API server reported that the apiVersion for this resource does not exist (${apiVersion}). Verify that any required CRDs have been created: ${error.message}`;
    }
    const advice =
        error instanceof ApiError && error.reason === "AlreadyExists"
            ? "\n\nThe resource already exists in the cluster. To take it over, set upsertExistingObjects on the provider or use `pulumi import`; to manage some of its fields only, use a Patch resource."
            : "";
    return `resource "${urn}" was not successfully created by the Kubernetes API server: ${error.message}${advice}`;
}

export const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** What an object that is not ready waits for. */
export const reasonsOf = (error: unknown) => (error instanceof NotReadyError ? error.reasons : []);
