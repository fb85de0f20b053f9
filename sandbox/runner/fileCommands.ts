/**
 * Parses a file of `GITHUB_OUTPUT` or `GITHUB_ENV`: `name=value` lines and `name<<DELIMITER` blocks.
 *
 * @throws Error on a line of neither form and on a block without its end, as the runner does
 */
export function parseAssignments(content: string): Record<string, string> {
    const assignments: Record<string, string> = {};
    const lines = content.split(/\r?\n/);
    for (let index = 0; index < lines.length; index++) {
        const line = lines[index] ?? "";
        if (line === "") continue;
        const block = /^([^=]+?)<<(.+)$/.exec(line);
        if (block) {
            const [, name = "", delimiter = ""] = block;
            const end = lines.indexOf(delimiter, index + 1);
            if (end < 0) throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`);
            assignments[name] = lines.slice(index + 1, end).join("\n");
            index = end;
            continue;
        }
        const separator = line.indexOf("=");
        if (separator < 1) throw new Error(`Invalid format '${line}'`);
        assignments[line.slice(0, separator)] = line.slice(separator + 1);
    }
    return assignments;
}
