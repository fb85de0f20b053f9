import { access, constants } from "node:fs/promises";
import { join } from "node:path";
import { onPath } from "./process.js";

/**
 * The program that stands for a plugin image: in the plugin directory the last part of the image without its tag, else what
 * PATH has under the whole name.
 */
export async function pluginProgram(image: string, directory: string | undefined, path: string): Promise<string> {
    const name = (image.split("/").at(-1) ?? image).replace(/[:@].*$/, "");
    if (directory !== undefined) {
        const file = join(directory, name);
        const usable = await access(file, constants.X_OK).then(
            () => true,
            () => false,
        );
        if (usable) return file;
    }
    const found = image.includes("/") ? undefined : await onPath(image, path);
    if (found === undefined) {
        throw new Error(`lookup plugin binary: exec: "${image}": executable file not found in $PATH`);
    }
    return found;
}
