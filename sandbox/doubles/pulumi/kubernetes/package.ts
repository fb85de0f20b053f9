import type { ProviderPackage } from "../provider/model.js";
export const kubernetes: ProviderPackage = {
    name: "kubernetes",
    version: "0.0.0",
    configuration: {},
    configure: () => ({ known: "", resourceType: () => undefined, invoke: () => undefined }),
};
