import type { Properties, Property } from "../property.js";

/** Where entries of a type live. */
export type Level = "global" | "organization" | "repository";

/** Secrets, registry credentials and crons: entries of a collection, found by a key. */
export interface EntryShape {
    readonly level: Level;
    readonly collection: "secrets" | "registries" | "cron";
    /** What an error calls it. */
    readonly noun: string;
    /** The property that names it. */
    readonly key: "name" | "address";
    /** The property that holds the server's number for it. */
    readonly number: "secretId" | "registryId" | "cronId";
    readonly writeOnly?: "value" | "password";
}

export interface ResourceType {
    /** Name of the class; the token is `woodpecker:index:<name>`. */
    readonly name: string;
    readonly description: string;
    /** What `pulumi import` takes. */
    readonly importId: string;
    readonly properties: Properties;
    /** Absent for repositories. */
    readonly entry?: EntryShape;
}

export const EVENTS = [
    "push",
    "pull_request",
    "pull_request_closed",
    "pull_request_metadata",
    "tag",
    "release",
    "deployment",
    "cron",
    "manual",
] as const;

/** A property that the server decides. */
export const computed = (kind: Property["kind"], field: string | undefined, description: string): Property => ({
    kind,
    field,
    description,
    computed: true,
});
