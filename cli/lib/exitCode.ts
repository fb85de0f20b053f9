/** Exit codes of every command. Bad usage is `undone` too. */
export const exitCode = {
    fine: 0,
    /** It could not be done, or could not be told. */
    undone: 1,
    /** Findings or differences. */
    findings: 2,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];
