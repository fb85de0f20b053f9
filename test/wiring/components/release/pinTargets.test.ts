import { expect } from "chai";
import { pinTargets } from "../../../../cli/lib/pinTargets.js";
import { parseSettings } from "../../../../config/parse.js";
import type { Settings } from "../../../../config/settings.js";
import { rawInfra } from "../../../support/infraSettings.js";
import { type Made, register } from "../../../support/mocks.js";
import { registryBlock, registryImages } from "../../../support/registrySettings.js";
import { type RawSettings, rawApp } from "../../../support/settings.js";
import { vaultValues } from "../../../support/vaultValues.js";

const value = (key: string) => ({ path: "ci/pin", key });
const record = { repository: "acme/infra", file: "Pulumi.prod.yaml", token: value("token") };

/** Every kind of application there is, each in its own registry or in the private one. @param pins tag by application */
function settingsOf(pins: Readonly<Record<string, string>>, ciDeploys: string, portalBuild: string): RawSettings {
    const app = (name: string, changes: RawSettings = {}) =>
        rawApp({
            repository: `acme/${name}`,
            images: [{ name: `acme/${name}` }],
            deployments: [{ namespace: name, deployment: name, container: name }],
            ...(pins[name] && { sha: pins[name] }),
            ...changes,
        });
    return {
        ...rawInfra(),
        registry: registryBlock(),
        release: { ciDeploys, ...(ciDeploys === "record" && { record }) },
        apps: {
            actions: app("actions"),
            woodpecker: app("woodpecker", { build: "woodpecker" }),
            private: app("private", { images: [{ name: "registry.example.org:5050/acme/private" }] }),
            portal: app("portal", { repository: "acme/infra", directory: "portal", build: portalBuild }),
        },
    };
}

/** All that the program declares but the pins themselves, which the cluster has a say in. */
async function declare(raw: RawSettings): Promise<{ settings: Settings; made: Map<string, string> }> {
    const settings = parseSettings(raw);
    const secrets = vaultValues(raw, (_, key) => `value-of-${key}`);
    const made: Made[] = await register(
        async () => {
            const { Providers } = await import("../../../../components/providers.js");
            const { Credentials } = await import("../../../../components/vault/credentials.js");
            const { VaultAuth } = await import("../../../../components/vault/vaultAuth.js");
            const { Delivery } = await import("../../../../components/app/delivery.js");
            const { InfraPipelines } = await import("../../../../components/infra/infraPipelines.js");
            const { RegistryVm } = await import("../../../../components/registry/registryVm.js");
            const { vault, delivery, infra, registry } = settings;
            if (!vault || !delivery || !infra || !registry) throw new Error("a part of the settings is missing");
            const { vault: provider, opts } = new Providers(settings);
            const credentials = await Credentials.read(settings, provider);
            const auth = new VaultAuth("vault", { vault, credentials }, opts);
            const { shared } = new InfraPipelines("infra", { infra, auth, credentials }, opts);
            new Delivery("delivery", { delivery, auth, credentials, shared }, opts);
            new RegistryVm("registry", { registry, images: registryImages, credentials, adopt: false }, opts);
        },
        {
            calls: (_, { name }) => ({ data: secrets.get(name as string) ?? {} }),
            outputs: {
                "woodpecker:index:Repository": { repositoryId: 7 },
                "host:index:Files": { revision: 1 },
                "command:remote:Command": { stdout: "" },
            },
        },
    );
    return {
        settings,
        made: new Map(made.map(({ type, name, inputs }) => [`${type}::${name}`, JSON.stringify(inputs)])),
    };
}

const names = ["actions", "woodpecker", "private", "portal"];

describe("the targets of a roll", function () {
    this.timeout(60_000);
    for (const [ciDeploys, portalBuild] of [
        ["refuse", "woodpecker"],
        ["record", "github-actions"],
    ] as const) {
        it(`are all that a pin changes, and exist, where deploys by CI are for ${ciDeploys}`, async () => {
            const none = await declare(settingsOf({}, ciDeploys, portalBuild));
            for (const name of names) {
                const one = await declare(settingsOf({ [name]: "0123abcd" }, ciDeploys, portalBuild));
                const changed = [...one.made.keys()].filter((urn) => one.made.get(urn) !== none.made.get(urn));
                expect(changed, name).to.not.have.lengthOf(0);
                // Of the file as it will be: with the pin for a roll, without it to take the pin away.
                for (const { settings } of [one, none]) {
                    const apps = settings.delivery?.apps.filter((app) => app.name === name) ?? [];
                    const targets = pinTargets(settings, apps).map((pattern) => pattern.replace(/^\*\*/, ""));
                    const missed = changed.filter((urn) => !targets.some((target) => urn.endsWith(target)));
                    expect(missed, name).to.deep.equal([]);
                    const known = [...one.made.keys()];
                    const absent = targets.filter((target) => !known.some((urn) => urn.endsWith(target)));
                    expect(absent, name).to.deep.equal([
                        "cicd:release:Releases::releases",
                        `cicd:release:Release::${name}-release`,
                        `DeploymentPatch::${name}-release/${name}/${name}`,
                    ]);
                }
            }
        });
    }
});
