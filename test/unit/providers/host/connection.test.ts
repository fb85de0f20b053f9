import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { createServer, connect as dial } from "node:net";
import { expect } from "chai";
import ssh2 from "ssh2";
import { type Patience, runShell, Unreachable } from "../../../../providers/host/plugin/connection.js";

const keys = { host: ssh2.utils.generateKeyPairSync("ed25519"), user: ssh2.utils.generateKeyPairSync("ed25519") };
const hostKey = keys.host.public.split(" ").slice(0, 2).join(" ");
const never = new AbortController().signal;

/** A host on loopback that lets everybody in; what it does with a command is the test's. */
class Host {
    readonly connections = new Set<ssh2.Connection>();

    private constructor(private readonly server: ssh2.Server) {}

    static async start(onCommand: (accept: () => ssh2.ServerChannel, connection: ssh2.Connection) => void) {
        const server = new ssh2.Server({ hostKeys: [keys.host.private] });
        const host = new Host(server);
        server.on("connection", (connection) => {
            host.connections.add(connection);
            connection.on("error", () => {});
            connection.on("close", () => host.connections.delete(connection));
            connection.on("authentication", (attempt) => attempt.accept());
            connection.on("session", (accept) => accept().on("exec", (answer) => onCommand(answer, connection)));
        });
        server.listen(0, "127.0.0.1");
        await once(server, "listening");
        return host;
    }

    get port(): number {
        return (this.server.address() as AddressInfo).port;
    }

    async stop(): Promise<void> {
        for (const connection of this.connections) connection.end();
        await new Promise<void>((closed) => this.server.close(() => closed()));
    }
}

describe("a shell program on a host", () => {
    const hosts: Host[] = [];
    afterEach(async () => {
        for (const host of hosts.splice(0)) await host.stop();
    });

    const start = async (...behaviour: Parameters<typeof Host.start>): Promise<Host> => {
        const host = await Host.start(...behaviour);
        hosts.push(host);
        return host;
    };
    const run = (port: number, patience?: Patience, interrupted = never) => {
        const to = { host: "127.0.0.1", port, user: "root", hostKey, privateKey: keys.user.private };
        return runShell(to, "the program", interrupted, patience);
    };
    const failure = async (call: Promise<unknown>): Promise<Error> => {
        const outcome = await call.catch((error: unknown) => error);
        if (outcome instanceof Error) return outcome;
        throw new Error(`an error was expected, not ${outcome}`);
    };

    it("gives what it printed, and gets its text by stdin", async () => {
        const host = await start((accept) => {
            const channel = accept();
            channel.on("data", (text: Buffer) => {
                channel.write(`ran ${text}`);
                channel.exit(0);
                channel.end();
            });
        });
        expect(await run(host.port, { answerMilliseconds: 5000 })).to.equal("ran the program");
    });

    it("is an error of its own where it fails: the host did answer", async () => {
        const host = await start((accept) => {
            const channel = accept();
            channel.stderr.write("no docker");
            channel.exit(3);
            channel.end();
        });
        const error = await failure(run(host.port));
        expect(error).not.to.be.instanceOf(Unreachable);
        expect(error.message).to.equal("looking at 127.0.0.1 failed (exit code 3): no docker");
    });

    const silences: [string, Parameters<typeof Host.start>[0]][] = [
        ["answers the login and then nothing", () => {}],
        ["starts the program, which hangs", (accept) => void accept().write("half an answer")],
    ];
    for (const [what, behaviour] of silences) {
        it(`is given up on a host that ${what}, and the connection is closed`, async () => {
            const host = await start(behaviour);
            const error = await failure(run(host.port, { answerMilliseconds: 200 }));
            expect(error).to.be.instanceOf(Unreachable);
            expect(error.message).to.equal(
                "127.0.0.1 let root in, but gave no answer within 0.2 s (does docker or a mount hang there?)",
            );
            await Promise.all([...host.connections].map((connection) => once(connection, "close")));
        });
    }

    it("is given up when the host loses power: no sign of life, long before the answer is due", async () => {
        const sockets: Socket[] = [];
        const host = await start(() => {
            for (const socket of sockets) socket.unpipe().pause();
        });
        const relay = createServer((incoming) => {
            const outgoing = dial(host.port, "127.0.0.1");
            sockets.push(incoming, outgoing);
            for (const socket of [incoming, outgoing]) socket.on("error", () => {});
            incoming.pipe(outgoing).pipe(incoming);
        }).listen(0, "127.0.0.1");
        await once(relay, "listening");
        try {
            const { port } = relay.address() as AddressInfo;
            const error = await failure(run(port, { keepaliveMilliseconds: 50 }));
            expect(error).to.be.instanceOf(Unreachable);
            expect(error.message).to.equal("127.0.0.1 broke off the connection while it was looked at");
        } finally {
            for (const socket of sockets) socket.destroy();
            relay.close();
        }
    });

    it("is given up when the host drops the connection", async () => {
        const host = await start((accept, connection) => {
            accept();
            connection.end();
        });
        expect(await failure(run(host.port))).to.be.instanceOf(Unreachable);
    });

    it("is given up at once when the engine is interrupted", async () => {
        const interruption = new AbortController();
        const host = await start(() => interruption.abort());
        expect(await failure(run(host.port, {}, interruption.signal))).to.be.instanceOf(Unreachable);
    });
});
