/** The operator's commands: `npm run -s cicd -- <command>`. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The oldest Node that package.json allows, e.g. `[22, 15]`. */
function oldestNode(): [major: number, minor: number] {
    const { engines } = JSON.parse(readFileSync(join(__dirname, "../package.json"), "utf8"));
    const [major = 0, minor = 0] = (String(engines.node).match(/\d+/g) ?? []).map(Number);
    return [major, minor];
}

const [major, minor] = oldestNode();
const [ownMajor = 0, ownMinor = 0] = process.versions.node.split(".").map(Number);
if (ownMajor < major || (ownMajor === major && ownMinor < minor)) {
    process.stderr.write(
        `cicd: Node ${process.versions.node} is too old, ${major}.${minor} or later is needed (the sandbox's shell has one: eval "$(npm run -s sandbox -- env)").\n`,
    );
    process.exitCode = 1;
} else {
    // Not before the check: the libraries behind it do not load on an older Node.
    void import("./program.js").then(({ runProgram }) => runProgram(process.argv));
}
