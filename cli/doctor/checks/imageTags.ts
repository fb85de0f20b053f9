import { makeCheck } from "../check.js";
import { broken, type Finding } from "../finding.js";
import type { Answer } from "../servers/registries.js";
import { withoutTag } from "./deployments.js";

interface Facts {
    readonly images: readonly {
        readonly image: string;
        readonly app: string;
        readonly usedBy: string;
        readonly answer: Answer;
    }[];
}

export const imageTags = makeCheck({
    name: "image-tags",
    proves: "registries still have every tag that runs or is pinned",
    applies: ({ delivery }) => delivery !== undefined,
    read: async (world): Promise<Facts> => {
        const [cluster, registries] = await Promise.all([world.kubernetes(), world.registries()]);
        const live = await Promise.all(
            world.apps.flatMap((app) =>
                app.deployments.map(async ({ namespace, deployment, container, image }) => {
                    const what = `Deployment ${namespace}/${deployment}`;
                    const found = await cluster.find(what, () =>
                        cluster.apps.readNamespacedDeployment({ namespace, name: deployment }),
                    );
                    const own = found?.spec?.template.spec?.containers.find(({ name }) => name === container);
                    // Another image than its own is found elsewhere.
                    const isOwn = withoutTag(own?.image ?? "") === image;
                    return isOwn ? [{ image: own?.image ?? "", app: app.name, usedBy: what }] : [];
                }),
            ),
        );
        const pinned = world.apps.flatMap(({ name, sha, images }) =>
            sha
                ? images.map((each) => ({ image: `${each.name}:${sha}`, app: name, usedBy: `cicd:apps.${name}.sha` }))
                : [],
        );
        const unique = new Map([...live.flat(), ...pinned].map((each) => [`${each.image} ${each.usedBy}`, each]));
        return {
            images: await Promise.all(
                [...unique.values()].map(async (each) => ({ ...each, answer: await registries.manifest(each.image) })),
            ),
        };
    },
    judge: ({ images }: Facts) => ({
        looked: images.map(({ image }) => image),
        findings: images.flatMap(({ image, app, usedBy, answer }): Finding[] => {
            if (answer === "there") return [];
            if (answer === "denied") {
                const mend = `npm run -s cicd -- doctor ${app} # see registry-login`;
                return [{ severity: "unknown", subject: image, found: "the registry wants a login for it", mend }];
            }
            const found = `is not in the registry any more, and ${usedBy} needs it: it cannot be pulled again`;
            return [broken(image, found, `npm run -s cicd -- roll ${app} --previous`)];
        }),
    }),
});
