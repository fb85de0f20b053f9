/** Keys of what this part hands on. */
export const woodpeckerValues = {
    /** An administrator's: what `pulumi up` uses. */
    adminToken: "WOODPECKER_TOKEN",
    /** ci-bot's: what GitHub Actions triggers deploys with. */
    botToken: "WOODPECKER_BOT_TOKEN",
    /** Whether the real server ran last, or the double. */
    kind: "WOODPECKER_KIND",
    /** Set until an `up` has looked at a server that took the place of the other kind and knows nothing of it. */
    isNew: "WOODPECKER_IS_NEW",
} as const;
