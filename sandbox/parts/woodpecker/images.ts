/** The images of steps, where the real agent runs them as processes. */

import { type Images, images } from "../../../config/images.js";
import type { Places } from "../../lib/places.js";
import { declaredImages } from "../../lib/stackFile.js";
import { readInventory } from "../../toolchain/install.js";
import { serverName } from "./environment.js";

/** Images that steps run in, by their key in `cicd:images`, and what stands for each. */
const standIns = { kubectl: "shell", slack: "shell", buildx: "buildx", git: "clone" } as const;

export type StandIn = (typeof standIns)[keyof typeof standIns];

/** A program on the agent's PATH under an image's name. */
export interface LocalImage {
    readonly key: keyof typeof standIns;
    readonly name: string;
    readonly standIn: StandIn;
}

/**
 * What the local backend can run: it looks for the image among the programs on PATH, so the name may have no slash.
 *
 * @param declared `cicd:images` of the stack
 */
export function localImages(declared: unknown): LocalImage[] {
    const whole: Images = images.parse(declared ?? {});
    return (Object.keys(standIns) as (keyof typeof standIns)[]).map((key) => ({
        key,
        name: localName(whole[key]),
        standIn: standIns[key],
    }));
}

/** What the stack has to say of images beyond the committed file; nothing where the double runs them by any name. */
export function imageNames(places: Places): Record<string, string> {
    if (readInventory(places)[serverName] === undefined) return {};
    return Object.fromEntries(localImages(declaredImages(places.root)).map(({ key, name }) => [key, name]));
}

/** `docker.io/curlimages/curl:8.11.1@sha256:…` is `curl:8.11.1`. */
function localName(reference: string): string {
    const withoutDigest = reference.replace(/(:[^/@]+)@.*$/, "$1");
    return withoutDigest.split("/").at(-1) ?? withoutDigest;
}
