import { Delivery } from "./components/app/delivery.js";
import { Providers } from "./components/providers.js";
import { Credentials } from "./components/vault/credentials.js";
import { VaultAuth } from "./components/vault/vaultAuth.js";
import { loadSettings } from "./config/index.js";

const { vault, delivery, ...settings } = loadSettings();
const providers = new Providers({ vault, delivery, ...settings });

const credentials = new Credentials(settings.credentials, providers.secretStore);
const auth = vault && new VaultAuth("vault", { vault, credentials }, providers.opts);
const pipelines = delivery && auth && new Delivery("delivery", { delivery, auth, credentials }, providers.opts);

/** Each application: repository, Woodpecker id, images, and where they run. */
export const applications = pipelines?.applications ?? [];
