import { Argument, type Command } from "commander";
import { completionScript, type Shell, shells } from "../completion/script.js";
import { addCommand, type CommonOptions, perform } from "../lib/command.js";
import { exitCode } from "../lib/exitCode.js";

export function addCompletion(program: Command): void {
    addCommand(program, "completion", {
        summary: "a script by which a shell completes these commands",
        description:
            'Writes a script for a shell in which cicd is a command, for example by: alias cicd="npm run -s cicd --". The script holds all there is to complete, so that a Tab is answered at once; make it again after an update.',
        examples: [
            ["completion bash > ~/.local/share/bash-completion/completions/cicd", "bash"],
            ["completion zsh > ~/.zfunc/_cicd", "zsh, with that folder in fpath"],
            ["completion fish > ~/.config/fish/completions/cicd.fish", "fish"],
        ],
    })
        .addArgument(new Argument("<shell>", "for which it is").choices(shells))
        .action(
            perform<CommonOptions, [Shell]>(async (_session, _options, shell) => {
                const text = completionScript(program, shell);
                return { exitCode: exitCode.fine, data: { shell, script: text }, text };
            }),
        );
}
