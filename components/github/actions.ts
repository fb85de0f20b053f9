/** An action pinned to one commit, and the version that commit was released as. */
interface Pin {
    readonly action: string;
    readonly commit: string;
    readonly version: string;
}

/** Every action a generated workflow uses. A tag can be moved, a commit cannot. */
const pins = {
    checkout: { action: "actions/checkout", commit: "de0fac2e4500dabe0009e67214ff5f5447ce83dd", version: "v6.0.2" },
    setupBuildx: {
        action: "docker/setup-buildx-action",
        commit: "e468171a9de216ec08956ac3ada2f0791b6bd435",
        version: "v3.11.1",
    },
    login: { action: "docker/login-action", commit: "5e57cd118135c172c3672efd75eb46360885c0ef", version: "v3.6.0" },
    buildPush: {
        action: "docker/build-push-action",
        commit: "263435318d21b8e681c14492fe198d362a7d2c83",
        version: "v6.18.0",
    },
} satisfies Record<string, Pin>;

export type Action = keyof typeof pins;

/** What stands behind `uses:`. */
export function uses(action: Action): string {
    return `${pins[action].action}@${pins[action].commit}`;
}

/** The version of each pinned action, for the comment beside it. */
export const versions: ReadonlyMap<string, string> = new Map(
    Object.values(pins).map(({ action, commit, version }) => [`${action}@${commit}`, ` ${version}`]),
);
