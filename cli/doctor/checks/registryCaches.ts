import { servedBy } from "../../../components/registry/layout.js";
import { makeCheck } from "../check.js";
import { broken } from "../finding.js";

interface Door {
    /** Upstream of a cache, `private` or `ui`. */
    readonly name: string;
    readonly port: number;
    /** HTTP status it has to have. */
    readonly expected: number;
}

interface Facts {
    readonly up: string;
    readonly host: string;
    readonly doors: readonly Door[];
    readonly answers: Readonly<Record<string, number>>;
}

export const registryCaches = makeCheck({
    name: "registry-caches",
    proves: "the private registry and every pull-through cache answer on the ports that clients use",
    applies: ({ registry }) => registry !== undefined,
    read: async (world): Promise<Facts> => {
        const { registry } = world.settings;
        if (!registry) throw new Error("cicd:registry is left out");
        const { ui } = registry;
        const served = servedBy(registry).map(({ upstream, port }) =>
            // Asked without a login.
            upstream === undefined ? { name: "private", port, expected: 401 } : { name: upstream, port, expected: 200 },
        );
        const doors = [...served, ...(ui ? [{ name: "ui", port: ui.port, expected: 200 }] : [])];
        const { answers } = await world.registryVm();
        return { up: world.up, host: registry.ssh.host, doors, answers };
    },
    judge: ({ up, host, doors, answers }: Facts) => ({
        looked: doors.map(({ name, port }) => `${name} on port ${port}`),
        findings: doors.flatMap(({ name, port, expected }) => {
            const status = answers[name] ?? 0;
            if (status === expected) return [];
            const found = status === 0 ? "does not answer" : `answers ${status} instead of ${expected}`;
            return [broken(`${name} on ${host}:${port}`, found, up)];
        }),
    }),
});
