/** Writes the documents that programs write. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { documents, root } from "./documents.js";

for (const [path, text] of Object.entries(documents())) writeFileSync(join(root, path), text);
