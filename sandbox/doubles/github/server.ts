/** `--port N --seed FILE [--log FILE] [--state FILE]`: the double of GitHub on 127.0.0.1. */
import { parseArgs } from "node:util";
import { listen } from "./listen.js";
import { readSeed } from "./seed.js";

async function main(): Promise<void> {
    const { values } = parseArgs({
        options: {
            port: { type: "string", default: "18300" },
            seed: { type: "string" },
            log: { type: "string" },
            state: { type: "string" },
        },
    });
    if (!values.seed)
        throw new Error("missing [--seed FILE]: tokens, users, organisations and repositories to begin with");
    const server = await listen({
        port: Number(values.port),
        seed: readSeed(values.seed),
        logFile: values.log,
        stateFile: values.state,
    });
    console.log(`GitHub double on ${server.origin}`);
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
        process.once(signal, () => void server.close().then(() => process.exit(0)));
    }
}

main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(1);
});
