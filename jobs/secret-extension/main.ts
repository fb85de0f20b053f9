import { runProgram } from "../lib/program.js";
import { serve } from "./run.js";
import { extensionSettings, fields } from "./settings.js";

const description = `Serves secrets of Vault to Woodpecker's server at the moment a pipeline is made (a "secret extension", Woodpecker
3.14 or later): verifies that the server has signed the request, and answers with what the mapping has for the
pipeline's repository and event, if the allow-list names both. Every request becomes one line of JSON on stdout, with
names of repositories and counts, never a value.

Set at the server WOODPECKER_SECRET_EXTENSION_ENDPOINT=http://<this>/secrets and, for an address inside the cluster,
WOODPECKER_EXTENSIONS_ALLOWED_HOSTS=private.

Runs until SIGTERM. Exit code 0: it was stopped. 1: the configuration is wrong, or the port is taken.`;

void runProgram({
    name: "secret-extension",
    description,
    environment: fields,
    async run(argv) {
        const stop = new AbortController();
        for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.abort());
        await serve(extensionSettings(argv, process.env), stop.signal, (record) =>
            process.stdout.write(`${JSON.stringify(record)}\n`),
        );
        return 0;
    },
});
