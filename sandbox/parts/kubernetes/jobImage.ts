import { join } from "node:path";
import { parse } from "yaml";
import { images } from "../../../config/images.js";
import { readIfThere } from "../../lib/files.js";

/** The image that the declared jobs run in: what the sandbox's stack file says, or the default. */
export function jobImage(root: string): string {
    const stack: unknown = parse(readIfThere(join(root, "Pulumi.sandbox.yaml")) ?? "{}");
    const settings = (stack as { config?: Record<string, unknown> } | null)?.config?.["cicd:images"];
    return images.parse(settings ?? {}).node;
}
