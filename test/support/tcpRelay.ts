import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** Hands connections on to a port of loopback, and counts them. */
export class TcpRelay {
    connections = 0;
    readonly #open = new Set<Socket>();

    private constructor(private readonly server: Server) {}

    static async start(port: number): Promise<TcpRelay> {
        const server = createServer();
        const relay = new TcpRelay(server);
        server.on("connection", (near) => relay.#handOn(near, port));
        await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
        return relay;
    }

    get port(): number {
        return (this.server.address() as AddressInfo).port;
    }

    async stop(): Promise<void> {
        for (const socket of this.#open) socket.destroy();
        await new Promise((closed) => this.server.close(closed));
    }

    #handOn(near: Socket, port: number): void {
        this.connections++;
        const far = connect(port, "127.0.0.1");
        for (const [socket, other] of [
            [near, far],
            [far, near],
        ] as const) {
            this.#open.add(socket);
            socket.on("error", () => other.destroy());
            socket.on("close", () => {
                this.#open.delete(socket);
                other.destroy();
            });
            socket.pipe(other);
        }
    }
}
