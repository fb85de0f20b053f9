import type { Libs, ScheduleAnswer } from "./libs.js";
import { type Cron, now } from "./model.js";
import type { Store } from "./store.js";

const cronsPerCheck = 10;

/** Runs crons when they are due. */
export class Schedule {
    readonly #store: Store;
    readonly #libs: Libs;
    readonly #run: (cron: Cron) => Promise<unknown>;
    readonly #timer: NodeJS.Timeout;

    /** @param checkSeconds how often crons are looked at: one that is due waits that long at most */
    constructor(store: Store, libs: Libs, checkSeconds: number, run: (cron: Cron) => Promise<unknown>) {
        this.#store = store;
        this.#libs = libs;
        this.#run = run;
        this.#timer = setInterval(() => void this.#check(), checkSeconds * 1000);
    }

    next(schedule: string, timezone: string): Promise<ScheduleAnswer> {
        return this.#libs.schedule(schedule, timezone, now());
    }

    close(): void {
        clearInterval(this.#timer);
    }

    async #check(): Promise<void> {
        const due = this.#store.table("crons").filter(({ enabled, next_exec: at }) => enabled && at <= now());
        for (const cron of due.slice(0, cronsPerCheck)) {
            try {
                const { next = 0 } = await this.next(cron.schedule, cron.timezone);
                const ran = { ...cron };
                cron.next_exec = next;
                this.#store.touch();
                await this.#run(ran);
            } catch (error) {
                console.error(`cron ${cron.id} (${cron.name}): ${error instanceof Error ? error.message : error}`);
            }
        }
    }
}
