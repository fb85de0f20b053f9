import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";

/** A program that runs in the cluster, as one file. */
export interface JobBundle {
    readonly text: string;
    /** Changes when the program does, so that a pod template that names it does too. */
    readonly hash: string;
}

/** @throws pulumi.RunError when the programs have not been bundled */
export function readJobBundle(name: string, directory = join(__dirname, "../../dist/jobs")): JobBundle {
    const file = join(directory, `${name}.js`);
    if (!existsSync(file)) throw new pulumi.RunError(`${file} is missing; write it with: npm run build`);
    return jobBundle(readFileSync(file, "utf8"));
}

export function jobBundle(text: string): JobBundle {
    return { text, hash: createHash("sha256").update(text).digest("hex").slice(0, 16) };
}
