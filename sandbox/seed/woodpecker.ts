/** Keys of what this part hands on. */
export const woodpeckerValues = {
    /** An administrator's: what `pulumi up` uses. */
    adminToken: "WOODPECKER_TOKEN",
    /** ci-bot's: what GitHub Actions triggers deploys with. */
    botToken: "WOODPECKER_BOT_TOKEN",
} as const;
