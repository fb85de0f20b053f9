import type { Command } from "commander";

/** What can follow a command's name. */
interface Entry {
    readonly name: string;
    readonly summary: string;
    readonly flags: readonly { readonly name: string; readonly summary: string }[];
}

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/**
 * A script that completes commands and their options.
 *
 * It holds all of them, so that a Tab starts no program; after an update it is to be made again.
 */
export function completionScript(program: Command, shell: Shell): string {
    const entries = program.commands.map(
        (command): Entry => ({
            name: command.name(),
            summary: command.summary(),
            flags: command.options.map(({ long, description }) => ({ name: long ?? "", summary: description })),
        }),
    );
    return { bash, zsh, fish }[shell](program.name(), entries);
}

function bash(name: string, entries: readonly Entry[]): string {
    const cases = entries.map(
        ({ name: command, flags }) => `        ${command}) words="${flags.map((flag) => flag.name).join(" ")}" ;;`,
    );
    return `_${name}() {
    local words
    case "\${COMP_WORDS[1]:-}" in
${cases.join("\n")}
        *) words="${entries.map((entry) => entry.name).join(" ")}" ;;
    esac
    if [ "$COMP_CWORD" -eq 1 ]; then words="${entries.map((entry) => entry.name).join(" ")}"; fi
    COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _${name} ${name}`;
}

function zsh(name: string, entries: readonly Entry[]): string {
    const commands = entries.map((entry) => `        ${quoted(`${entry.name}:${entry.summary}`)}`);
    const cases = entries.map(
        ({ name: command, flags }) =>
            `        ${command}) _arguments ${flags.map((flag) => quoted(`${flag.name}[${flag.summary.replace(/[[\]]/g, "")}]`)).join(" ")} '*:file:_files' ;;`,
    );
    return `#compdef ${name}
_${name}() {
    local -a commands=(
${commands.join("\n")}
    )
    if (( CURRENT == 2 )); then _describe command commands; return; fi
    case "$words[2]" in
${cases.join("\n")}
    esac
}
compdef _${name} ${name}`;
}

function fish(name: string, entries: readonly Entry[]): string {
    return entries
        .flatMap(({ name: command, summary, flags }) => [
            `complete -c ${name} -n __fish_use_subcommand -f -a ${command} -d ${quoted(summary)}`,
            ...flags.map(
                (flag) =>
                    `complete -c ${name} -n '__fish_seen_subcommand_from ${command}' -l ${flag.name.slice(2)} -d ${quoted(flag.summary)}`,
            ),
        ])
        .join("\n");
}

/** One word for a shell. */
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
