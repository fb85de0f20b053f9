import type { ProviderPackage } from "../provider/model.js";
export const docker: ProviderPackage = {
    name: "docker",
    version: "0.0.0",
    configuration: {},
    configure: () => ({ known: "", resourceType: () => undefined, invoke: () => undefined }),
};
