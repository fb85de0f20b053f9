import { images } from "../../../config/images.js";
import { declaredImages } from "../../lib/stackFile.js";

/** The image that the declared jobs run in: what the sandbox's stack file says, or the default. */
export function jobImage(root: string): string {
    return images.parse(declaredImages(root) ?? {}).node;
}
