/**
 * Names of the variables that Woodpecker replaces in a text: `${NAME}` and its operators, but not `$NAME`, which it leaves to
 * the shell, nor `$${NAME}`, which is how one writes the shell's own.
 */
export function substitutionsIn(text: string): string[] {
    return [...text.matchAll(/(?<!\$)(?:\$\$)*\$\{[#!]?(\w+)[^}]*\}/g)].map(([, name = ""]) => name);
}
