/**
 * `pulumi-resource-<package>`: stands in for the official provider plugins.
 *
 * Usage: pulumi-plugin <package> [-version] [engine address]
 */

import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import { engineLog } from "./provider/engineLog.js";
import type { ProviderPackage } from "./provider/model.js";
import { providerService } from "./provider/service.js";
import { listen, watchEngine } from "./rpc/serve.js";

// Loaded on demand: a plugin serves one package.
const packages: Readonly<Record<string, () => Promise<ProviderPackage>>> = {
    command: async () => (await import("./command/package.js")).command,
    docker: async () => (await import("./docker/package.js")).docker,
    kubernetes: async () => (await import("./kubernetes/package.js")).kubernetes,
    vault: async () => (await import("./vault/package.js")).vault,
};

async function main([name = "", ...args]: readonly string[]): Promise<void> {
    const load = packages[name];
    if (load === undefined) {
        console.error(`pulumi-plugin: no package "${name}"; there are ${Object.keys(packages).join(", ")}`);
        process.exit(2);
    }
    const pkg = await load();
    if (args.some((arg) => arg === "-version" || arg === "--version")) {
        console.log(pkg.version);
        return;
    }
    const engine = args.find((arg) => !arg.startsWith("-"));
    if (engine === undefined) {
        console.error(`pulumi-plugin ${name}: the engine's address is missing; plugins are started by pulumi`);
        process.exit(2);
    }
    watchEngine(engine, () => process.exit(1));
    const port = await listen(ResourceProviderService, providerService(pkg, engineLog(engine)));
    console.log(port);
}

void main(process.argv.slice(2));
