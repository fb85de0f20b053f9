/**
 * Stands for the clone plugin where the real agent runs steps as processes: the emulated GitHub speaks no git, so the files of
 * the commit come over its API.
 */

import { messageOf } from "../../../lib/errors.js";
import { checkOut } from "../checkout.js";

async function main(): Promise<void> {
    const { CI_FORGE_URL, CI_NETRC_PASSWORD, CI_REPO, CI_COMMIT_SHA } = process.env;
    if (!CI_FORGE_URL || !CI_REPO || !CI_COMMIT_SHA) {
        throw new Error("CI_FORGE_URL, CI_REPO and CI_COMMIT_SHA are not set: this program is run by an agent");
    }
    const commit = { repository: CI_REPO, sha: CI_COMMIT_SHA };
    const count = await checkOut(CI_FORGE_URL.replace(/\/$/, ""), CI_NETRC_PASSWORD ?? "", commit, process.cwd());
    console.log(`checked out ${CI_REPO}@${CI_COMMIT_SHA} (${count} files)`);
}

main().catch((error: unknown) => {
    console.error(messageOf(error));
    process.exitCode = 1;
});
