/** Runtime options of Pulumi.yaml (`runtime.options`), as the Node.js language host knows them. */

export interface RuntimeOptions {
    /** Compile TypeScript in the program's process. */
    readonly typescript: boolean;
    readonly tsconfig?: string;
    /** Arguments for node itself, before the program. */
    readonly nodeargs: readonly string[];
}

const packageManagers = ["auto", "npm", "yarn", "pnpm", "bun"];

/**
 * Reads the options; those about installing packages are checked and left aside.
 *
 * @throws if an option has the wrong type, in the words of the official host
 */
export function parseRuntimeOptions(options: Readonly<Record<string, unknown>>): RuntimeOptions {
    const { typescript = true, tsconfig, nodeargs = "", packagemanager = "auto", production = false } = options;
    if (typeof typescript !== "boolean") {
        throw new Error("typescript option must be a boolean");
    }
    if (tsconfig !== undefined && typeof tsconfig !== "string") {
        throw new Error("tsconfigpath option must be a string");
    }
    if (typeof nodeargs !== "string") {
        throw new Error("nodeargs option must be a string");
    }
    if (typeof production !== "boolean") {
        throw new Error("production option must be a boolean");
    }
    if (typeof packagemanager !== "string" || !packageManagers.includes(packagemanager)) {
        throw new Error(
            `packagemanager option must be one of auto, npm, yarn, pnpm or bun, got ${JSON.stringify(packagemanager)}`,
        );
    }
    return { typescript, nodeargs: splitWords(nodeargs), ...(tsconfig !== undefined && { tsconfig }) };
}

/** Environment variables through which the SDK's `cmd/run` and `cmd/run-plugin` learn of the options. */
export function optionsEnvironment(options: RuntimeOptions): Record<string, string> {
    return {
        ...(options.typescript && { PULUMI_NODEJS_TYPESCRIPT: "true" }),
        ...(options.tsconfig && { PULUMI_NODEJS_TSCONFIG_PATH: options.tsconfig }),
    };
}

/**
 * Splits a command line into words as a POSIX shell would, without any expansion.
 *
 * @throws if a quote or an escape is left open
 */
export function splitWords(line: string): string[] {
    const words: string[] = [];
    let word: string | undefined;
    let quote: string | undefined;
    for (let i = 0; i < line.length; i++) {
        const character = line.charAt(i);
        if (character === "\\" && quote !== "'") {
            i++;
            if (i === line.length) {
                throw new Error(`nodeargs option ends in a backslash: ${line}`);
            }
            word = (word ?? "") + line.charAt(i);
        } else if (quote === undefined && (character === '"' || character === "'")) {
            quote = character;
            word ??= "";
        } else if (character === quote) {
            quote = undefined;
        } else if (quote === undefined && /\s/.test(character)) {
            if (word !== undefined) {
                words.push(word);
            }
            word = undefined;
        } else {
            word = (word ?? "") + character;
        }
    }
    if (quote !== undefined) {
        throw new Error(`nodeargs option has an open quote: ${line}`);
    }
    return word === undefined ? words : [...words, word];
}
