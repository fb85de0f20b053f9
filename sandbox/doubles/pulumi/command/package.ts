import type { ProviderPackage } from "../provider/model.js";
export const command: ProviderPackage = {
    name: "command",
    version: "0.0.0",
    configuration: {},
    configure: () => ({ known: "", resourceType: () => undefined, invoke: () => undefined }),
};
