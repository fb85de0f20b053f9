import { Claims } from "./components/adoption/claims.js";
import { Delivery } from "./components/app/delivery.js";
import { DriftDetection } from "./components/drift/driftDetection.js";
import { InfraPipelines } from "./components/infra/infraPipelines.js";
import { RegistryCredentials } from "./components/kyverno/registryCredentials.js";
import { Dashboard } from "./components/monitoring/dashboard/dashboard.js";
import { IntegrityProbe } from "./components/monitoring/integrityProbe.js";
import { Providers } from "./components/providers.js";
import { NodeMirrors } from "./components/registry/nodeMirrors.js";
import { RegistryVm } from "./components/registry/registryVm.js";
import { findPins, Releases } from "./components/release/releases.js";
import { Credentials } from "./components/vault/credentials.js";
import { findMounts } from "./components/vault/mounts.js";
import { VaultAuth } from "./components/vault/vaultAuth.js";
import { Registrations } from "./components/woodpecker/registrations.js";
import { SecretExtension } from "./components/woodpecker/secretExtension.js";
import { SecretSync } from "./components/woodpecker/secretSync.js";
import { driftStaleAfterSeconds } from "./config/drift.js";
import { rolledApps } from "./config/environment.js";
import { loadSettings } from "./config/index.js";

export = async () => {
    const settings = loadSettings();
    const claims = new Claims(settings);
    const providers = new Providers(settings, claims);
    const credentials = await Credentials.read(settings, providers.vault);

    const apps = settings.delivery?.apps ?? [];
    const pins = await findPins(apps, credentials.registryLogin(), rolledApps);

    const { vault, delivery, infra, registered, registry, nodes, integrityProbe, adopt } = settings;
    const { secretSync, secretExtension, credentialSync, drift, dashboard, images } = settings;
    const found = vault && (await findMounts(vault, providers.vault));
    const auth = vault && new VaultAuth("vault", { vault, credentials, found }, providers.opts);
    const infraPipelines = infra && auth && new InfraPipelines("infra", { infra, auth, credentials }, providers.opts);
    const shared = infraPipelines?.shared;
    const pipelines =
        delivery && auth && new Delivery("delivery", { delivery, auth, credentials, shared }, providers.opts);
    const registrations = registered && new Registrations("registrations", registered, providers.opts);
    const releases =
        delivery && pins && new Releases("releases", { ...pins, release: delivery.release }, providers.opts);
    const vm = registry && new RegistryVm("registry", { registry, images, credentials, adopt }, providers.opts);
    const probe =
        integrityProbe &&
        new IntegrityProbe(
            "integrity-probe",
            { probe: integrityProbe, credentials, image: images.node },
            providers.opts,
        );

    const sync =
        secretSync &&
        auth &&
        new SecretSync("secret-sync", { sync: secretSync, auth, image: images.node }, providers.opts);

    const extension =
        secretExtension &&
        auth &&
        new SecretExtension(
            "secret-extension",
            { extension: secretExtension, auth, image: images.node },
            providers.opts,
        );

    const spread =
        credentialSync &&
        new RegistryCredentials("registry-credentials", { sync: credentialSync, credentials }, providers.opts);

    const mirrors = nodes && new NodeMirrors("nodes", { nodes, credentials, adopt }, providers.opts);
    const shown = {
        apps,
        shards: integrityProbe?.shards,
        extension: secretExtension?.instance,
    };
    const page = dashboard && new Dashboard("dashboard", { dashboard, ...shown }, providers.opts);
    const detection =
        drift &&
        new DriftDetection(
            "drift",
            { drift, staleAfterSeconds: driftStaleAfterSeconds(settings), reader: infraPipelines?.driftReader },
            providers.opts,
        );

    claims.complete();
    return {
        /** Each application: repository, Woodpecker id, images, and where they run. */
        applications: pipelines?.applications ?? [],
        /** Managed pipelines of the infra repository. */
        ...(infraPipelines && { infraPipelines: infraPipelines.pipelines }),
        /** Woodpecker ids of repositories that are only registered. */
        ...(registrations && { registrations: registrations.ids }),
        /** Tag of each application whose image is pinned. */
        ...(releases && { pinned: releases.pinned }),
        /** The private registry, `name:port`. */
        ...(vm && { registry: vm.address }),
        /** The CronJob that checks the registry, `namespace/name`. */
        ...(probe && { integrityProbe: probe.cronJob }),
        /** The CronJob that copies secrets to Woodpecker, `namespace/name`. */
        ...(sync && { secretSync: sync.cronJob }),
        /** What Woodpecker's server is told as WOODPECKER_SECRET_EXTENSION_ENDPOINT. */
        ...(extension && { secretExtension: extension.endpoint }),
        /** Nodes that are told where to ask for images. */
        ...(mirrors && { nodes: mirrors.nodes }),
        /** The Secret that Kyverno copies into every namespace, `namespace/name`. */
        ...(spread && { registryCredentials: spread.source }),
        /** The ConfigMap with Grafana's page, `namespace/name`. */
        ...(page && { dashboard: page.configMap }),
        /** The ConfigMap that remembers drift, `namespace/name`. */
        ...(detection && { driftHistory: detection.history }),
    };
};
