import type { Session } from "../lib/session.js";
import { World } from "./world.js";

/** The servers of the session's stack. @param timeoutMs for one request */
export async function openWorld(
    session: Session,
    { app, timeoutMs }: { readonly app?: string | undefined; readonly timeoutMs: number },
): Promise<World> {
    const { name, settings } = await session.stack();
    const { GITHUB_TOKEN, VAULT_TOKEN, WOODPECKER_TOKEN } = session.environment;
    return new World({
        stack: name,
        settings,
        app,
        http: session.http,
        kubernetes: () => session.kubernetes(),
        tokens: {
            ...(GITHUB_TOKEN && { github: GITHUB_TOKEN }),
            ...(VAULT_TOKEN && { vault: VAULT_TOKEN }),
            ...(WOODPECKER_TOKEN && { woodpecker: WOODPECKER_TOKEN }),
        },
        timeoutMs,
    });
}
