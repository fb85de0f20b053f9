import type { Deadline } from "../deadline.js";

/** The work must end here: out of time, out of requests, or nothing answers any more. */
export class WorkEnded extends Error {
    override readonly name = "WorkEnded";
}

/** Share of time and requests that is kept back for looking at every suspect a second time. */
const RESERVE = 0.1;

/** How many requests and how much time a run may use. */
export class Budget {
    #spent = 0;
    #reserve = RESERVE;
    readonly #totalMs: number;

    /** @param limit most requests of the whole run; absent: as many as the time allows */
    constructor(
        private readonly deadline: Deadline,
        private readonly limit = Number.POSITIVE_INFINITY,
    ) {
        this.#totalMs = deadline.remainingMs;
    }

    get spent(): number {
        return this.#spent;
    }

    /** Milliseconds until the current phase must end. */
    get remainingMs(): number {
        return Math.max(0, this.deadline.remainingMs - this.#totalMs * this.#reserve);
    }

    /** Makes the share usable that was kept for the second look. */
    openReserve(): void {
        this.#reserve = 0;
    }

    /** Accounts for one request. @throws WorkEnded when there is nothing left to spend */
    spend(): void {
        if (this.remainingMs === 0) throw new WorkEnded("the deadline has come");
        if (this.#spent >= this.limit * (1 - this.#reserve)) throw new WorkEnded("the request budget is used up");
        this.#spent++;
    }

    async sleep(milliseconds: number): Promise<void> {
        await this.deadline.sleep(Math.min(milliseconds, this.remainingMs));
    }
}
