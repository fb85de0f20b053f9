import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { RegistryVm } from "../../components/registry/registryVm.js";
import { Engine, type Outcome } from "../contract/pulumi/engine.js";
import type { RegistryOnVm } from "./registryVm.js";

/** A stack that declares a registry on the sandbox's VM and nothing else. */
export class RegistryVmStack {
    /** What the next operation takes for the host's key. */
    hostKey?: string;
    /** Of the host; that of the VM itself when left out. */
    sshPort?: number;
    adopt = false;

    private constructor(private readonly engine: Engine) {}

    static async start(vm: RegistryOnVm): Promise<RegistryVmStack> {
        const own: { stack?: RegistryVmStack } = {};
        const program = async () => {
            const { settings, images } = vm;
            const {
                hostKey = settings.ssh.hostKey,
                sshPort: port = settings.ssh.port,
                adopt = false,
            } = own.stack ?? {};
            new RegistryVm("registry", {
                registry: { ...settings, ssh: { ...settings.ssh, hostKey, port } },
                images,
                credentials: { value: ({ key }) => pulumi.secret(vm.secret(key)) },
                adopt,
            });
            return undefined;
        };
        const providers = { host: join(__dirname, "../../providers/host") };
        own.stack = new RegistryVmStack(await Engine.start(program, providers));
        return own.stack;
    }

    up(): Promise<Outcome> {
        return this.engine.up({ refresh: true });
    }

    /** Without asking the host. */
    upUnseen(): Promise<Outcome> {
        return this.engine.up();
    }

    drift(): Promise<Outcome> {
        return this.engine.drift();
    }

    destroy(): Promise<Outcome> {
        return this.engine.destroy();
    }

    get stored(): string {
        return this.engine.stored;
    }

    stop(): Promise<void> {
        return this.engine.stop();
    }
}
