import { writeFileSync } from "node:fs";
import type { Command } from "commander";
import { addCommand, type CommonOptions, perform } from "../lib/command.js";
import { htmlOf } from "../status/html.js";
import { readStatus } from "../status/read.js";
import { exitCodeOf } from "../status/status.js";
import { textOf } from "../status/text.js";

interface StatusOptions extends CommonOptions {
    readonly html?: string;
}

export function addStatus(program: Command): void {
    addCommand(program, "status", {
        summary: "the whole pipeline on one page",
        description:
            "Shows each application's declared, live and newest image, its last deploy, whether its images are whole in the registry, and what the probe, the secret sync and drift detection last reported. Ends with 2 when something is not as it should be, or one of these is silent; cicd doctor says what and how to mend it.",
        examples: [
            ["status", "in the terminal"],
            ["status --html status.html", "as one file for a browser"],
            ["status --json", "for a script"],
        ],
    })
        .option("--html <file>", "write the page there")
        .action(
            perform<StatusOptions, []>(async (session, { html }) => {
                const status = await readStatus(session);
                if (html !== undefined) writeFileSync(html, htmlOf(status));
                const text = html === undefined ? textOf(status) : `Written to ${html}`;
                return { exitCode: exitCodeOf(status), data: status, text };
            }),
        );
}
