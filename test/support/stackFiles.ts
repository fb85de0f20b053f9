import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Document, parseDocument } from "yaml";
import { environment } from "./servers.js";

/** A stack file in other versions, each a file of its own for `--config-file`. */
export class StackFiles {
    readonly #directory = mkdtempSync(join(tmpdir(), "stack-file-"));
    #count = 0;

    /** @param original path; @default the sandbox's stack file */
    constructor(private readonly original = () => environment("PULUMI_OPTION_CONFIG_FILE")) {}

    /** @returns the path */
    changed(change: (document: Document) => void): string {
        const document = parseDocument(readFileSync(this.original(), "utf8"));
        change(document);
        const file = join(this.#directory, `Pulumi.${++this.#count}.yaml`);
        writeFileSync(file, document.toString());
        return file;
    }

    remove(): void {
        rmSync(this.#directory, { recursive: true, force: true });
    }
}
