import { summaryOf } from "../integrity-probe/report.js";
import { printSummary, runProgram } from "../lib/program.js";
import { exitCodeOf, explain } from "./report.js";
import { fields, verifySettings } from "./settings.js";
import { verifyImage } from "./verify.js";

const description = `Checks that a registry holds one image as it was pushed: its index, every manifest of every platform, and
the last byte of every config and layer. Waits for a registry that lags behind the push. Says what is broken, in which
platform and how to repair it on stderr, and writes one line of JSON to stdout.

Exit code 0: intact. 2: broken. 1: could not tell, or the configuration is wrong.`;

void runProgram({
    name: "verify-integrity",
    usage: "<image>",
    description,
    environment: fields,
    async run(argv) {
        const settings = verifySettings(argv, process.env);
        const verification = await verifyImage(settings);
        const { ledger, ...cost } = verification;
        process.stderr.write(explain(settings.image, verification));
        printSummary(summaryOf(ledger, cost));
        return exitCodeOf(verification);
    },
});
