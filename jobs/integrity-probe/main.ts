import { printSummary, runProgram } from "../lib/program.js";
import { pushRun, runProbe } from "./probe.js";
import { summaryOf } from "./report.js";
import { fields, probeSettings } from "./settings.js";

const description = `Checks that a container registry still holds everything its tags lead to: every tag of every
repository, every manifest of an index, and configs and layers as BLOBS says. Nothing counts as broken that was not
seen broken twice. Writes one line of JSON and pushes metrics.

Exit code 0: all was looked at and the metrics were taken, whatever was found. 1: something could not be looked at
(in time), the metrics were not taken, or the configuration is wrong.`;

void runProgram({
    name: "integrity-probe",
    usage: "[--shard i/n]",
    description,
    environment: fields,
    async run(argv) {
        const settings = probeSettings(argv, process.env);
        const run = await runProbe(settings);
        printSummary(summaryOf(run.ledger, run.cost));
        if (settings.gateway) await pushRun(run, settings.gateway, settings);
        return run.ledger.complete ? 0 : 1;
    },
});
