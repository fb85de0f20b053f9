import type { CredentialSync } from "../../config/settings.js";
import type { ServerObject } from "../adoption/serverObject.js";

/** An object that somebody else has to have made. */
export interface NeededObject {
    /** Where the stack file asks for it. */
    readonly key: string;
    readonly object: ServerObject;
    /** What to do where it does not exist. */
    readonly advice: string;
}

/** The namespaces that get no copy: one that is misspelt, or gone, would leave the one that is meant with a credential. */
export function excludedNamespaces({ excludedNamespaces, ownNamespaces }: CredentialSync): NeededObject[] {
    return excludedNamespaces
        .filter((name) => !ownNamespaces.includes(name))
        .map((name) => ({
            key: `cicd:credentialSync.excludedNamespaces: "${name}"`,
            object: { system: "Kubernetes", kind: "Namespace", name, apiVersion: "v1" },
            advice: "correct the name, leave it out, or make the namespace first",
        }));
}
