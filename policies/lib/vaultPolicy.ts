/** A path of a Vault policy with what it allows. */
export interface PolicyPath {
    readonly path: string;
    readonly capabilities: readonly string[];
}

/**
 * Reads the text of a Vault policy, in HCL or JSON.
 *
 * @returns undefined where it is not understood
 */
export function parseVaultPolicy(text: string): PolicyPath[] | undefined {
    return text.trimStart().startsWith("{") ? fromJson(text) : fromHcl(text);
}

function fromJson(text: string): PolicyPath[] | undefined {
    try {
        const { path } = JSON.parse(text) as { path?: Record<string, { capabilities?: string[]; policy?: string }> };
        return Object.entries(path ?? {}).map(([name, { capabilities, policy }]) => ({
            path: name,
            capabilities: capabilities ?? (policy ? [policy] : []),
        }));
    } catch {
        return undefined;
    }
}

const token = /\s+|#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\/|("(?:[^"\\]|\\.)*"|[{}[\]=,]|[\w.-]+)/y;

function fromHcl(text: string): PolicyPath[] | undefined {
    const tokens = tokensOf(text);
    if (!tokens) return undefined;
    const paths: PolicyPath[] = [];
    let next = 0;
    while (next < tokens.length) {
        const [word, path, open] = tokens.slice(next, next + 3);
        const end = endOfBlock(tokens, next + 2);
        if (end === undefined || open !== "{" || !path?.startsWith('"')) return undefined;
        // Beside paths a policy may hold a name, which allows nothing.
        if (word === "path")
            paths.push({ path: unquote(path), capabilities: capabilitiesIn(tokens.slice(next + 3, end)) });
        next = end + 1;
    }
    return paths;
}

function tokensOf(text: string): string[] | undefined {
    const tokens: string[] = [];
    token.lastIndex = 0;
    while (token.lastIndex < text.length) {
        const match = token.exec(text);
        if (!match) return undefined;
        if (match[1] !== undefined) tokens.push(match[1]);
    }
    return tokens;
}

function endOfBlock(tokens: readonly string[], open: number): number | undefined {
    let depth = 0;
    for (let i = open; i < tokens.length; i++) {
        if (tokens[i] === "{") depth += 1;
        if (tokens[i] === "}") depth -= 1;
        if (depth === 0) return i;
    }
    return undefined;
}

/** Of `capabilities = […]`, or of `policy = "…"` as it was written before there were capabilities. */
function capabilitiesIn(block: readonly string[]): string[] {
    const key = block.findIndex((word) => word === "capabilities" || word === "policy");
    if (key < 0) return [];
    const end = block.indexOf("]", key);
    const values = block.slice(key + 1, end < 0 || block[key] === "policy" ? key + 3 : end);
    return values.filter((word) => word.startsWith('"')).map(unquote);
}

function unquote(text: string): string {
    return text.slice(1, -1).replace(/\\(.)/g, "$1");
}
