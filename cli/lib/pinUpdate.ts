import { readFileSync } from "node:fs";
import { type PinSources, readPins } from "../../components/release/readPins.js";
import { ROLLED_APPS } from "../../config/environment.js";
import { parseSettings } from "../../config/parse.js";
import type { App, Settings } from "../../config/settings.js";
import { PlainError } from "../../jobs/lib/errors.js";
import { CommittedFile, releaseMessage } from "./commit.js";
import { confirm } from "./confirm.js";
import { FileGuard } from "./fileGuard.js";
import { progress } from "./output.js";
import { editPins, type PinChanges } from "./pinEdit.js";
import { pinTargets } from "./pinTargets.js";
import { run } from "./run.js";
import { projectRoot, rawSettings, type Stack } from "./stack.js";

export interface PinUpdate {
    readonly changes: PinChanges;
    /** Of the commit's message, e.g. `roll`. */
    readonly verb: string;
    /** Do not ask. */
    readonly yes?: boolean;
    /** Commit the stack file afterwards. */
    readonly commit?: boolean;
}

export interface PinOutcome {
    /** Undefined when the answer to the question was no. */
    readonly updated: boolean;
    /** Short hash. */
    readonly commit?: string;
}

/**
 * Writes pins into the stack file and makes them so: looks the images up, shows the preview, asks, updates these
 * applications only, and puts the file back unless the update succeeded.
 *
 * @throws PlainError
 */
export async function updatePins(stack: Stack, sources: PinSources, update: PinUpdate): Promise<PinOutcome> {
    const { changes, verb } = update;
    const file = new CommittedFile(stack.file);
    if (update.commit) await file.demandClean();
    const before = readFileSync(stack.file, "utf8");
    const after = editPins(before, changes);
    const settings = settingsIn(after, stack.file);
    const apps = (settings.delivery?.apps ?? []).filter(({ name }) => changes.has(name));
    const rolled = [...changes.keys()];
    await demandGood(apps, sources, rolled);

    const env = { [ROLLED_APPS]: rolled.join(",") };
    const args = ["--stack", stack.name, ...pinTargets(settings, apps).flatMap((target) => ["--target", target])];
    const pins = pinsIn(before, stack.file, changes);
    // The engine may have added the salt of the passphrase meanwhile.
    const safely = new FileGuard({ path: stack.file, before, after, undo: (now) => editPins(now, pins) });
    try {
        await safely.whileRuns(() => pulumi("preview", ["--diff", ...args], env));
        safely.demandNoSignal();
        if (!update.yes && !(await confirm(`Update ${rolled.join(", ")} in stack ${stack.name}?`))) {
            safely.putBack();
            return { updated: false };
        }
        await safely.whileRuns(() => pulumi("up", ["--yes", "--skip-preview", ...args], env));
    } catch (error) {
        safely.putBack();
        throw error;
    } finally {
        safely.end();
    }
    if (!update.commit || before === after) return { updated: true };
    return { updated: true, commit: await file.commit(releaseMessage(verb, changes)) };
}

/** @throws PlainError with one line for each image that cannot be rolled out */
async function demandGood(apps: readonly App[], sources: PinSources, rolled: readonly string[]): Promise<void> {
    const { problems, warnings } = await readPins(apps, sources, { rolled, firstLook: true });
    for (const warning of warnings) progress(`warning: ${warning}`);
    if (problems.length === 0) return;
    throw new PlainError(["nothing was changed:", ...problems.map((problem) => `  ${problem}`)].join("\n"));
}

/** What the engine says of something that is to go and is not what the update is about. */
const UNAPPLIED = /will be destroyed but was not specified in --target list/;

/** Refreshes what it updates: an image that CI put behind a pin is a difference too. */
async function pulumi(command: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
    const color = process.stderr.isTTY && !process.env.NO_COLOR ? "always" : "never";
    const common = ["--refresh", "--run-program", "--non-interactive", "--color", color];
    const { code, stdout, stderr } = await run("pulumi", [command, ...common, ...args], {
        cwd: projectRoot,
        env,
        onOutput: (text) => process.stderr.write(text),
    });
    if (code === 0) return;
    const remedy =
        "What was rolled out meanwhile stays: go on with cicd roll, or back with cicd roll <app> --previous.";
    const unapplied =
        "The stack file lacks something else that is still declared, such as another pin: run pulumi up first, then this again.";
    throw new PlainError(
        [
            `pulumi ${command} ended with code ${code}; the messages above say why. The stack file is as it was.`,
            ...(command === "up" ? [remedy] : []),
            ...(UNAPPLIED.test(stdout + stderr) ? [unapplied] : []),
        ].join("\n"),
    );
}

function settingsIn(text: string, file: string): Settings {
    return parseSettings(rawSettings(text, file));
}

function pinsIn(text: string, file: string, changes: PinChanges): PinChanges {
    const pins = new Map(settingsIn(text, file).delivery?.apps.map(({ name, sha }) => [name, sha]));
    return new Map([...changes.keys()].map((name) => [name, pins.get(name)]));
}
