/** A server that cannot be asked: every question to it has the same answer. */
export class ServerDown extends Error {
    override readonly name = "ServerDown";

    constructor(
        /** As in a report, for example `Vault`. */
        readonly server: string,
        readonly reason: string,
        readonly mend: string,
    ) {
        super(`${server}: ${reason}`);
    }
}
