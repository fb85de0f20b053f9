/**
 * What Woodpecker does to the text of a workflow file before it parses it (drone/envsubst 1.0.3), for the forms that may stand in
 * a generated file: `$$` is `$`, a backslash before / or \ goes, `${NAME}` and `${NAME:0:8}` are replaced, anything else in
 * braces is an error here, so that no file comes to depend on a form whose meaning differs from bash.
 */
export function substitute(text: string, variables: Readonly<Record<string, string>>): string {
    return text.replace(/\$\$|\\([/\\])|\$\{([^}]*)\}?/g, (whole, escaped, expression) => {
        if (whole === "$$") return "$";
        if (escaped) return escaped;
        const [, name, offset, length] = /^(\w+)(?::(\d+):(\d+))?$/.exec(expression) ?? [];
        if (name === undefined) throw new Error(`substitution of ${whole}`);
        const value = variables[name] ?? "";
        return offset === undefined ? value : value.slice(Number(offset), Number(offset) + Number(length));
    });
}
