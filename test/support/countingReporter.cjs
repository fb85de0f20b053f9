/**
 * Mocha's spec reporter that also writes how many tests passed and which failed, as JSON, to the file of its option
 * `counts`.
 * A run that is not over soon after its last test ends with what keeps it: it would hang for ever otherwise.
 */

const { writeFileSync } = require("node:fs");
const { reporters } = require("mocha");

module.exports = class CountingReporter extends reporters.Spec {
    constructor(runner, options) {
        super(runner, options);
        const failures = [];
        runner.on("fail", (test, { message }) => {
            failures.push({ title: test.titlePath().join(" › "), reason: String(message).trim().split("\n", 1)[0] });
        });
        runner.once("end", () => {
            const counts = { passed: this.stats.passes, failed: this.stats.failures, pending: this.stats.pending };
            writeFileSync(options.reporterOption.counts, JSON.stringify({ ...counts, failures }));
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
