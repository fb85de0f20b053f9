import { makeCheck } from "../check.js";
import { broken } from "../finding.js";
import { placeOf } from "../servers/registries.js";

interface Facts {
    /** Where in Vault the login comes from. */
    readonly source: string;
    readonly mend: string;
    readonly answers: readonly { readonly host: string; readonly answer: "accepted" | "denied" | "open" }[];
}

export const registryLogin = makeCheck({
    name: "registry-login",
    proves: "builds can log in where they push images",
    applies: ({ delivery, credentials }) => delivery !== undefined && typeof credentials.dockerhubToken === "object",
    read: async (world): Promise<Facts> => {
        const { dockerhubToken: source } = world.settings.credentials;
        const { path, key } = typeof source === "object" ? source.vault : { path: "", key: "" };
        const { mount } = await world.vault();
        const login = await world.pushLogin();
        const hosts = new Set(world.apps.flatMap(({ images }) => images.map(({ name }) => placeOf(name).host)));
        const registries = await world.registries();
        const answers = login
            ? [...hosts].map(async (host) => ({ host, answer: await registries.login(host, login) }))
            : [];
        return {
            source: `${mount}/${path}`,
            mend: `vault kv patch -mount=${mount} ${path} ${key}=- && ${world.up}`,
            answers: await Promise.all(answers),
        };
    },
    judge: ({ source, mend, answers }: Facts) => ({
        looked: answers.map(({ host }) => host),
        findings: answers
            .filter(({ answer }) => answer === "denied")
            .map(({ host }) => broken(host, `denies the login of ${source}: builds fail at their push`, mend)),
    }),
});
