import { readJson, writeAtomically } from "./files.js";

/** A map that lies in a file of mode 600 and is written on every change. */
export class StoredValues extends Map<string, string> {
    private readonly path: string;

    constructor(path: string) {
        super();
        this.path = path;
        for (const [key, value] of Object.entries(readJson<Record<string, string>>(path) ?? {})) {
            super.set(key, value);
        }
    }

    override set(key: string, value: string): this {
        if (this.get(key) === value) return this;
        super.set(key, value);
        this.save();
        return this;
    }

    override delete(key: string): boolean {
        const existed = super.delete(key);
        if (existed) this.save();
        return existed;
    }

    private save(): void {
        writeAtomically(this.path, JSON.stringify(Object.fromEntries(this), null, 2), 0o600);
    }
}
