import { Delivery } from "./components/app/delivery.js";
import { IntegrityProbe } from "./components/monitoring/integrityProbe.js";
import { Providers } from "./components/providers.js";
import { Credentials } from "./components/vault/credentials.js";
import { VaultAuth } from "./components/vault/vaultAuth.js";
import { SecretSync } from "./components/woodpecker/secretSync.js";
import { loadSettings } from "./config/index.js";

export = async () => {
    const settings = loadSettings();
    const providers = new Providers(settings);
    const credentials = await Credentials.read(settings, providers.vault);

    const { vault, delivery, integrityProbe, secretSync, images } = settings;
    const auth = vault && new VaultAuth("vault", { vault, credentials }, providers.opts);
    const pipelines = delivery && auth && new Delivery("delivery", { delivery, auth, credentials }, providers.opts);
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

    return {
        /** Each application: repository, Woodpecker id, images, and where they run. */
        applications: pipelines?.applications ?? [],
        /** The CronJob that checks the registry, `namespace/name`. */
        ...(probe && { integrityProbe: probe.cronJob }),
        /** The CronJob that copies secrets to Woodpecker, `namespace/name`. */
        ...(sync && { secretSync: sync.cronJob }),
    };
};
