import type { Command } from "commander";
import { wordsOf } from "../../jobs/lib/errors.js";
import { addCommand, type CommonOptions, perform } from "../lib/command.js";
import { demandSomebodyToAsk } from "../lib/confirm.js";
import { exitCode } from "../lib/exitCode.js";
import { commonTag, liveContainers } from "../lib/liveTags.js";
import { progress } from "../lib/output.js";
import { appNamed, openPins } from "../lib/pinSession.js";
import { updatePins } from "../lib/pinUpdate.js";
import { reportUpdate } from "./roll.js";

interface AdoptOptions extends CommonOptions {
    readonly yes?: boolean;
    readonly commit?: boolean;
}

export function addAdoptImages(program: Command): void {
    addCommand(program, "adopt-images [app...]", {
        summary: "pin what runs: the live tags become the declared ones",
        description:
            "Writes the tag that each application runs into the stack file, so that what CI rolled becomes the declared state. Without names: of every application that is pinned to another tag. Rolls nothing out.",
        examples: [
            ["adopt-images", "after a deploy by CI of a pinned application"],
            ["adopt-images website shop --yes --commit", "pin these two, and commit the stack file"],
        ],
    })
        .option("-y, --yes", "do not ask")
        .option("--commit", "commit the stack file")
        .action(
            perform<AdoptOptions, [string[]]>(async (session, { yes, commit }, names) => {
                demandSomebodyToAsk(yes);
                const pins = await openPins(session);
                const chosen =
                    names.length > 0
                        ? names.map((name) => appNamed(pins.apps, name))
                        : pins.apps.filter(({ sha }) => sha !== undefined);
                const live = await Promise.all(
                    chosen.map(async (app) => {
                        try {
                            return [app, commonTag(app.name, await liveContainers(app, pins.cluster))] as const;
                        } catch (error) {
                            // One that cannot be adopted is no reason to leave the others, unless it was asked for.
                            if (names.length > 0) throw error;
                            progress(`warning: left as it is: ${wordsOf(error)}`);
                            return undefined;
                        }
                    }),
                );
                const changed = live.flatMap((entry) => (entry && entry[0].sha !== entry[1] ? [entry] : []));
                const changes = new Map(changed.map(([app, tag]) => [app.name, tag]));
                if (changes.size === 0) {
                    const data = { stack: pins.stack.name, updated: false, pins: [], commit: null };
                    return { exitCode: exitCode.fine, data, text: "The stack file says what runs; nothing to adopt." };
                }
                const options = { changes, verb: "pin", ...(yes && { yes }), ...(commit && { commit }) };
                return reportUpdate(pins, changes, await updatePins(pins.stack, pins, options));
            }),
        );
}
