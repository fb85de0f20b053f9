/** Rolls website to 0123abcd in the stack file of its argument, with a cluster and a registry that have everything. */

import { updatePins } from "../../cli/lib/pinUpdate.js";
import { readSettings } from "../../cli/lib/stack.js";
import { wordsOf } from "../../jobs/lib/errors.js";

const [file = ""] = process.argv.slice(2);
const containers = [{ name: "website", image: "acme/website:89abcdef" }];
const sources = {
    cluster: {
        deployment: async () => ({ spec: { selector: {}, template: { spec: { containers } } } }),
        rollout: async () => ({ replicaSets: [], pods: [] }),
    },
    registries: { tag: async () => ({ found: true, digest: "sha256:0" }) as const, tags: async () => [] },
};

updatePins({ name: "test", file, settings: readSettings(file) }, sources, {
    changes: new Map([["website", "0123abcd"]]),
    verb: "roll",
})
    .catch((error) => {
        process.stderr.write(`${wordsOf(error)}\n`);
        process.exitCode = 1;
    })
    // As every command of `cicd` does: what is still open holds nothing up.
    .then(() => process.exit());
