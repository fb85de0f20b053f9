/** The double of Woodpecker as a program; see `settings.ts` for its environment. */
import { startWoodpecker } from "./server.js";
import { inheritedEnvironment, readSettings } from "./settings.js";

async function main(): Promise<void> {
    const woodpecker = await startWoodpecker(readSettings(process.env), inheritedEnvironment(process.env));
    console.log(`Woodpecker double on ${woodpecker.origin}`);
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
        process.once(signal, () => void woodpecker.close().then(() => process.exit(0)));
    }
}

main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(1);
});
