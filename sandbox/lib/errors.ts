/** An error that the person at the terminal can act on: printed without a stack trace. */
export class UserError extends Error {
    /** @param lines what happened, then the next step; printed one below the other */
    constructor(...lines: readonly string[]) {
        super(lines.join("\n"));
        this.name = "UserError";
    }
}

/** The text of whatever was thrown. */
export function messageOf(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}

/** Whether it, or the end of a log that it shows, says that a file system has no room left. */
export function isDiskFull(error: unknown): boolean {
    return /ENOSPC|no space left on device|EDQUOT|disk quota exceeded/i.test(messageOf(error));
}
