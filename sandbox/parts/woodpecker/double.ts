import { join } from "node:path";
import type { PartContext } from "../../lib/part.js";
import { agentEnvironment, serverEnvironment } from "./environment.js";
import { installBuildx } from "./launchers.js";

/** The process. */
export const doubleName = "woodpecker";

/** Server and agent are one process. */
export async function startDouble(context: PartContext): Promise<void> {
    const plugins = join(context.directory, "plugins");
    installBuildx(context, join(plugins, "plugin-docker-buildx"));
    await context.spawn({
        name: doubleName,
        command: context.node,
        args: [join(context.stateDirectory, "build/woodpecker.cjs")],
        env: {
            ...serverEnvironment(context),
            ...agentEnvironment(context),
            WOODPECKER_LIBS: context.bin("woodpecker-libs"),
            SANDBOX_STATE_DIR: context.directory,
            WOODPECKER_PLUGIN_DIR: plugins,
        },
    });
}
