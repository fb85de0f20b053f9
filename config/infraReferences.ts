import type { Blocks } from "./schema.js";

/**
 * What the infra block needs of others.
 *
 * @param broken blocks and `credentials.<name>` that are there but have errors of their own
 */
export function infraReferences(blocks: Blocks, broken: ReadonlySet<string>): string[] {
    const { infra, github, apps } = blocks;
    if (!infra) return [];
    const key = "cicd:infra";
    const problems = (["github", "woodpecker", "vault"] as const)
        .filter((block) => !blocks[block] && !broken.has(block))
        .map((block) => `${key}: needs cicd:${block}, which is switched off`);
    if (github && infra.repository.split("/")[0]?.toLowerCase() !== github.owner.toLowerCase()) {
        problems.push(
            `${key}.repository: "${infra.repository}" does not belong to cicd:github.owner "${github.owner}"`,
        );
    }
    const { pipelines } = infra;
    if (pipelines["build-cli"]) {
        problems.push(
            ...(["dockerhubUsername", "dockerhubToken"] as const)
                .filter(
                    (name) =>
                        !blocks.credentials[name] && !broken.has("credentials") && !broken.has(`credentials.${name}`),
                )
                .map((name) => `${key}.pipelines.build-cli: needs cicd:credentials.${name}, which is missing`),
        );
    }
    for (const name of ["default", "renew-tls"] as const) {
        const commits = name === "renew-tls" || (pipelines.default?.statePaths.length ?? 0) > 0;
        if (pipelines[name] && commits && !infra.push) {
            problems.push(
                `${key}.pipelines.${name}: commits to the repository, so it needs ${key}.push, which is missing`,
            );
        }
    }
    if (
        pipelines["drift-detection"] &&
        !pipelines["drift-detection"].history &&
        !blocks.drift &&
        !broken.has("drift")
    ) {
        problems.push(
            `${key}.pipelines.drift-detection: its clone is gone after a run, so it needs cicd:drift or ${key}.pipelines.drift-detection.history to know the age of a finding`,
        );
    }
    const crons = (["renew-tls", "drift-detection"] as const).flatMap((name) => pipelines[name]?.cron ?? []);
    if (new Set(crons).size < crons.length) {
        problems.push(
            `${key}.pipelines.drift-detection.cron: "${crons[0]}" is taken by ${key}.pipelines.renew-tls.cron`,
        );
    }
    const portal = pipelines["k8s-portal"]?.app;
    if (portal !== undefined && !broken.has("apps") && !broken.has(`apps.${portal}`)) {
        const app = apps[portal];
        const portalKey = `${key}.pipelines.k8s-portal.app`;
        if (!app) problems.push(`${portalKey}: "${portal}" is not one of cicd:apps`);
        else if (app.repository.toLowerCase() !== infra.repository.toLowerCase() || !app.directory) {
            problems.push(`${portalKey}: "${portal}" is not an application in a directory of ${infra.repository}`);
        }
    }
    return problems;
}

/** A repository is registered once: by its application, by `infra` together with what lives there, or by itself. */
export function registeredTwice({ apps, infra, registrations }: Blocks): string[] {
    const home = infra?.repository.toLowerCase();
    const entries = [
        ...(infra ? [{ key: "cicd:infra", shares: true, ...infra }] : []),
        ...Object.entries(apps).map(([name, app]) => ({
            key: `cicd:apps.${name}`,
            shares: app.repository.toLowerCase() === home && app.directory !== undefined,
            ...app,
        })),
        ...Object.entries(registrations).map(([name, r]) => ({
            key: `cicd:registrations.${name}`,
            shares: false,
            ...r,
        })),
    ];
    const problems: string[] = [];
    const repositories = new Map<string, (typeof entries)[number]>();
    const ids = new Map<number, (typeof entries)[number]>();
    for (const entry of entries) {
        const { key, repository, woodpeckerId, shares } = entry;
        const owner = repositories.get(repository.toLowerCase());
        // Two applications in one repository are told apart elsewhere.
        const bothApps = owner?.key.startsWith("cicd:apps.") && key.startsWith("cicd:apps.");
        if (owner && !shares && !bothApps) {
            const way = key.startsWith("cicd:apps.") ? "; give the application its directory" : "";
            problems.push(`${key}.repository: "${repository.toLowerCase()}" is taken by ${owner.key}.repository${way}`);
        }
        repositories.set(repository.toLowerCase(), owner ?? entry);
        if (woodpeckerId === undefined) continue;
        const holder = ids.get(woodpeckerId);
        if (holder && holder.repository.toLowerCase() !== repository.toLowerCase()) {
            problems.push(
                `${key}.woodpeckerId: "${woodpeckerId}" is taken by ${holder.key}.woodpeckerId; one repository an id`,
            );
        }
        ids.set(woodpeckerId, holder ?? entry);
        if (!bothApps && owner?.woodpeckerId !== undefined && owner.woodpeckerId !== woodpeckerId) {
            problems.push(
                `${key}.woodpeckerId: ${woodpeckerId} is not that of ${owner.key}.woodpeckerId, ${owner.woodpeckerId}`,
            );
        }
    }
    return problems;
}
