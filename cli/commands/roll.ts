import type { Command } from "commander";
import { UsageError } from "../../jobs/lib/errors.js";
import { addCommand, type CommonOptions, perform, type Report } from "../lib/command.js";
import { demandSomebodyToAsk } from "../lib/confirm.js";
import { exitCode } from "../lib/exitCode.js";
import { previousTag } from "../lib/liveTags.js";
import { paint } from "../lib/output.js";
import type { PinChanges } from "../lib/pinEdit.js";
import { appNamed, openPins, type PinSession } from "../lib/pinSession.js";
import { type PinOutcome, updatePins } from "../lib/pinUpdate.js";
import { readRollArguments, type Wanted } from "../lib/rollArguments.js";

interface RollOptions extends CommonOptions {
    readonly previous?: boolean;
    readonly unpin?: boolean;
    readonly yes?: boolean;
    readonly commit?: boolean;
}

export function addRoll(program: Command): void {
    addCommand(program, "roll <app...>", {
        summary: "pin an application's image and roll it out",
        description:
            "Writes the tag into the stack file, shows what would change, asks, and updates these applications, with whatever else knows of their pins, and nothing else. The tag must be in the registry, for linux/amd64. Unless the update succeeds, the stack file is put back: also at Ctrl-C, and when the terminal is closed.",
        examples: [
            ["roll website 1a2b3c4d", "the image of that commit"],
            ["roll website=1a2b3c4d shop=5e6f7a8b", "two applications in one update"],
            ["roll website --previous", "back to what ran before"],
            ["roll website --unpin", "leave it to CI again; what runs stays"],
            ["roll website 1a2b3c4d --yes --commit", "without a question, and commit the stack file"],
        ],
    })
        .option("--previous", "the tag that ran before")
        .option("--unpin", "take the pin away")
        .option("-y, --yes", "do not ask")
        .option("--commit", "commit the stack file")
        .action(
            perform<RollOptions, [string[]]>(async (session, options, words) => {
                const { previous, unpin, yes, commit } = options;
                if (previous && unpin) throw new UsageError("--previous and --unpin exclude each other");
                const wanted = readRollArguments(words, Boolean(previous ?? unpin));
                demandSomebodyToAsk(yes);
                const pins = await openPins(session);
                for (const app of wanted.keys()) appNamed(pins.apps, app);
                const changes = previous ? await previousTags(pins, wanted) : wanted;
                const verb = unpin ? "unpin" : "roll";
                const outcome = await updatePins(pins.stack, pins, {
                    changes,
                    verb,
                    ...(yes && { yes }),
                    ...(commit && { commit }),
                });
                return reportUpdate(pins, changes, outcome);
            }),
        );
}

async function previousTags({ apps, cluster }: PinSession, wanted: Wanted): Promise<PinChanges> {
    const tags = [...wanted.keys()].map(
        async (name) => [name, await previousTag(appNamed(apps, name), cluster)] as const,
    );
    return new Map(await Promise.all(tags));
}

/** What `roll` and `adopt-images` say at the end. */
export function reportUpdate({ apps, stack }: PinSession, changes: PinChanges, outcome: PinOutcome): Report {
    const rows = [...changes].map(([app, tag]) => ({
        app,
        before: appNamed(apps, app).sha ?? null,
        after: tag ?? null,
    }));
    const lines = rows.map(({ app, before, after }) => `${app}: ${before ?? "not pinned"} -> ${after ?? "not pinned"}`);
    const data = { stack: stack.name, updated: outcome.updated, pins: rows, commit: outcome.commit ?? null };
    if (!outcome.updated) return { exitCode: exitCode.undone, data, text: "Nothing was changed." };
    const tail = outcome.commit ? [`Committed as ${outcome.commit}.`] : [];
    return { exitCode: exitCode.fine, data, text: [paint("green", "Done."), ...lines, ...tail].join("\n") };
}
