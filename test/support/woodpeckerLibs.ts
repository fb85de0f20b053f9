import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

const name = "woodpecker-libs";

/** The program that answers with Woodpecker's own libraries; built by the sandbox. */
function find(): string | undefined {
    const cache =
        process.env.CICD_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "cicd-pipeline");
    const directories = [...(process.env.PATH ?? "").split(delimiter), join(cache, "bin")];
    return directories.map((directory) => join(directory, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
    try {
        accessSync(file, constants.X_OK);
        return true;
    } catch {
        return false;
    }
}

interface Answer {
    readonly result?: unknown;
    readonly error?: string;
}

/** Woodpecker's substitution, expressions, YAML and globs. */
export class WoodpeckerLibs {
    private constructor(private readonly program: string) {}

    /** Nothing where the program is not built yet. */
    static get(): WoodpeckerLibs | undefined {
        const program = find();
        return program === undefined ? undefined : new WoodpeckerLibs(program);
    }

    /** What a workflow file says once Woodpecker has replaced variables and parsed it. */
    read(text: string, variables: Readonly<Record<string, string>>): unknown {
        const substituted = this.#ask({ op: "substitute", text, variables });
        return this.#ask({ op: "yaml", text: substituted });
    }

    evaluate(expression: string, variables: Readonly<Record<string, string>>): boolean {
        return this.#ask({ op: "evaluate", expression, variables }) as boolean;
    }

    matches(patterns: readonly string[], value: string): boolean {
        return this.#ask({ op: "match", patterns, value }) as boolean;
    }

    #ask(question: object): unknown {
        const { stdout, error } = spawnSync(this.program, { input: `${JSON.stringify(question)}\n`, encoding: "utf8" });
        if (error) throw error;
        const answer = JSON.parse(stdout) as Answer;
        if (answer.error !== undefined) throw new Error(answer.error);
        // Left out of the answer when it is false or empty.
        return answer.result ?? false;
    }
}
