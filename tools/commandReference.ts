import type { Command } from "commander";
import { buildProgram } from "../cli/program.js";

const INTRODUCTION = `# Commands

\`\`\`sh
npm run -s cicd -- <command>
\`\`\`

Every command has \`--help\`, \`--stack\` and \`--json\`. Without \`--stack\` it works on the stack of \`PULUMI_STACK\`, else on the one
whose file \`PULUMI_OPTION_CONFIG_FILE\` names, else on the one that is selected with pulumi.

| exit code | means |
|---|---|
| 0 | done, and nothing to report |
| 2 | there are findings or differences |
| 1 | it could not be done; the message says why |

Colours are for terminals, and not with \`NO_COLOR\`. Tab completes after
\`source <(npm run -s cicd -- completion bash)\` (or \`zsh\`; fish: \`npm run -s cicd -- completion fish | source\`), for a shell
function or alias called \`cicd\`.

Written by \`npm run docs\`; what is changed here is lost.
`;

/** docs/commands.md: what `--help` says of each command. */
export function commandReference(): string {
    const sections = buildProgram().commands.map((command) => [`## ${command.name()}`, help(command)].join("\n\n"));
    return `${[INTRODUCTION.trimEnd(), ...sections].join("\n\n")}\n`;
}

/** At a width of its own, whatever the terminal of who writes it. */
function help(command: Command): string {
    let text = "";
    const output = {
        writeOut: (part: string) => (text += part),
        getOutHelpWidth: () => 110,
        getOutHasColors: () => false,
    };
    command.configureOutput(output).outputHelp();
    const plain = text.trimEnd().replaceAll(/^Usage: cicd /gm, "Usage: npm run -s cicd -- ");
    return ["```text", plain, "```"].join("\n");
}
