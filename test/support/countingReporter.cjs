/**
 * Mocha's spec reporter that also writes how many tests passed and failed, as JSON, to the file of its option `counts`.
 * A run that is not over soon after its last test ends with what keeps it: it would hang for ever otherwise.
 */

const { writeFileSync } = require("node:fs");
const { reporters } = require("mocha");

module.exports = class CountingReporter extends reporters.Spec {
    constructor(runner, options) {
        super(runner, options);
        runner.once("end", () => {
            const { passes, failures, pending } = this.stats;
            writeFileSync(options.reporterOption.counts, JSON.stringify({ passed: passes, failed: failures, pending }));
            setTimeout(endByForce, Number(options.reporterOption.graceSeconds ?? 20) * 1000).unref();
        });
    }
};

function endByForce() {
    const kept = process.getActiveResourcesInfo().join(", ");
    process.stderr.write(`The tests are over, but something they left open keeps running: ${kept}\n`);
    // Mocha sets the code to the number of failures as the last thing; this listener comes after its own.
    process.on("exit", () => {
        process.exitCode = 1;
    });
    process.exit();
}
