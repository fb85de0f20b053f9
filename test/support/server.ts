import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";

/** A port on loopback that nothing listens on now. */
export async function freePort(): Promise<number> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, "close");
    return port;
}

/** A server program that a test runs for itself. */
export class ServerProcess {
    #output = "";

    private constructor(private readonly child: ChildProcess) {}

    /** @param answers throws until the server is ready */
    static async start(
        command: string,
        args: readonly string[],
        answers: () => Promise<unknown>,
        env: NodeJS.ProcessEnv = process.env,
    ): Promise<ServerProcess> {
        const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env });
        const server = new ServerProcess(child);
        let failure: Error | undefined;
        child.on("error", (error) => {
            failure = error;
        });
        for (const stream of [child.stdout, child.stderr]) {
            stream?.on("data", (chunk) => {
                server.#output = (server.#output + chunk).slice(-10_000);
            });
        }
        for (const end = Date.now() + 20_000; ; ) {
            try {
                await answers();
                return server;
            } catch (error) {
                const ended = failure ?? (child.exitCode !== null || Date.now() > end ? error : undefined);
                if (ended) {
                    child.kill("SIGKILL");
                    throw new Error(`${command} does not answer: ${ended}\n${server.#output}`);
                }
                await new Promise((resolve) => setTimeout(resolve, 50));
            }
        }
    }

    get pid(): number {
        return this.child.pid ?? 0;
    }

    /** Lets it end what it has started itself: nginx's workers would outlive a killed master, and hold its output open. */
    async stop(): Promise<void> {
        if (this.child.exitCode !== null || this.child.signalCode !== null) return;
        const ended = once(this.child, "close");
        this.child.kill("SIGTERM");
        const late = setTimeout(() => this.child.kill("SIGKILL"), 5_000);
        await ended;
        clearTimeout(late);
    }
}
