/** The command package: commands on this machine and, over ssh, on others. */

import type { Invoke, ProviderPackage } from "../provider/model.js";
import type { JsonObject, Properties } from "../provider/values.js";
import { run } from "./process.js";
import { commandType, copyToRemote, localInputs, remoteInputs, runLocally, runOverSsh } from "./resources.js";

export const command: ProviderPackage = {
    name: "command",
    version: "1.2.1",
    configuration: {},
    configure(_settings, log) {
        const types = {
            "command:local:Command": commandType(runLocally, localInputs, log),
            "command:remote:Command": commandType(runOverSsh, remoteInputs, log),
            "command:remote:CopyToRemote": copyToRemote(log),
        };
        const invokes: Readonly<Record<string, Invoke>> = { "command:local:run": runOnce };
        return {
            known: [...Object.keys(types), ...Object.keys(invokes)].join(", "),
            resourceType: (token) => types[token as keyof typeof types],
            invoke: (token) => invokes[token],
        };
    },
};

/** `local.run`: in previews, too. */
async function runOnce(args: JsonObject, cancelled: AbortSignal): Promise<Properties> {
    const [program = "/bin/sh", ...rest] = (args.interpreter as string[] | undefined) ?? ["/bin/sh", "-c"];
    const output = await run({
        program,
        args: [...rest, String(args.command)],
        ...(typeof args.dir === "string" && { directory: args.dir }),
        environment: { ...process.env, ...((args.environment as Record<string, string> | undefined) ?? {}) },
        ...(typeof args.stdin === "string" && { stdin: args.stdin }),
        cancelled,
        onLine: () => {},
    });
    if (output.exit !== 0) {
        throw new Error(`exit status ${output.exit}: running ${JSON.stringify(args.command)}:\n${output.both}`);
    }
    return { ...args, stdout: output.stdout, stderr: output.stderr };
}
