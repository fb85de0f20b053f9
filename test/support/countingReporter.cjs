/** Mocha's spec reporter that also writes how many tests passed and failed, as JSON, to the file of its option `counts`. */

const { writeFileSync } = require("node:fs");
const { reporters } = require("mocha");

module.exports = class CountingReporter extends reporters.Spec {
    constructor(runner, options) {
        super(runner, options);
        runner.once("end", () => {
            const { passes, failures, pending } = this.stats;
            writeFileSync(options.reporterOption.counts, JSON.stringify({ passed: passes, failed: failures, pending }));
        });
    }
};
