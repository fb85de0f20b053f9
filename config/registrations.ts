import { z } from "zod";
import { dnsLabel, repositoryName } from "./primitives.js";

/** A repository that is registered in Woodpecker and whose files, secrets and deploys are somebody else's. */
const registration = z.strictObject({
    repository: repositoryName,
    /** Numeric id the repository must have; asserted before anything is changed. */
    woodpeckerId: z.int().min(1).optional(),
});

/** `cicd:registrations.<name>` */
export const registrations = z.record(dnsLabel.max(40), registration);

export type RegistrationBlock = z.infer<typeof registration>;
