import { stripVTControlCharacters, styleText } from "node:util";

type Format = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** Coloured on a terminal only, and not with NO_COLOR set. */
export function paint(format: Format, text: string, stream: NodeJS.WriteStream = process.stdout): string {
    return styleText(format, text, { stream });
}

/** Columns side by side under their names; without rows the names alone. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
    const all = [head.map((name) => paint("bold", name)), ...rows];
    const widths = head.map((_, column) => Math.max(...all.map((row) => widthOf(row[column] ?? ""))));
    return all
        .map((row) =>
            head
                .map((_, column) => {
                    const cell = row[column] ?? "";
                    return cell + " ".repeat((widths[column] ?? 0) - widthOf(cell));
                })
                .join("  ")
                .trimEnd(),
        )
        .join("\n");
}

/** What a command is doing meanwhile; on stderr, as stdout is for the result. */
export function progress(line: string): void {
    process.stderr.write(`${line}\n`);
}

function widthOf(cell: string): number {
    return stripVTControlCharacters(cell).length;
}
