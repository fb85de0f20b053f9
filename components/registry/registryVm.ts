import * as pulumi from "@pulumi/pulumi";
import type { Images } from "../../config/images.js";
import type { Registry } from "../../config/settings.js";
import { HostFiles } from "../host/hostFiles.js";
import type { Credentials } from "../vault/credentials.js";
import { type RegistrySecrets, vmFiles, vmHooks, vmIgnored, vmItems, vmProbe, vmSecrets } from "./vmFiles.js";

export interface RegistryVmArgs {
    readonly registry: Registry;
    readonly images: Pick<Images, "registry" | "nginx">;
    readonly credentials: Pick<Credentials, "value">;
    /** Files that are on the VM already may be written over. */
    readonly adopt: boolean;
}

/**
 * The VM with the private registry and the caches of public ones: all its files, its containers and its timers.
 *
 * It has Docker with compose and curl, and nothing else that matters; what is pushed there is proven through the ports that clients
 * use before the update counts as done.
 */
export class RegistryVm extends pulumi.ComponentResource {
    /** Address of the private registry, as images are named. */
    readonly address: pulumi.Output<string>;

    constructor(name: string, args: RegistryVmArgs, opts?: pulumi.ComponentResourceOptions) {
        super("cicd:registry:RegistryVm", name, {}, opts);
        const { registry, images, credentials, adopt } = args;
        const { host, port, user, hostKey, key } = registry.ssh;
        const secrets = pulumi.output(readSecrets(registry, credentials)) as pulumi.Output<RegistrySecrets>;
        const vm = new HostFiles(
            name,
            {
                connection: credentials.value(key).apply((privateKey) => ({ host, port, user, hostKey, privateKey })),
                root: registry.root,
                files: secrets.apply((values) => vmFiles(registry, images, values)),
                hooks: vmHooks(registry, images),
                secrets: secrets.apply(vmSecrets),
                items: vmItems(registry, images),
                probe: vmProbe(registry),
                ignored: vmIgnored(registry),
                adopt,
            },
            { parent: this },
        );
        this.address = vm.said.apply(() => `${registry.name}:${registry.private.port}`);
        this.registerOutputs({ address: this.address });
    }
}

function readSecrets({ ssh, tls, users, upstreams }: Registry, credentials: Pick<Credentials, "value">) {
    const login = ({ username, password }: Registry["users"][number]) => ({
        username: credentials.value(username),
        password: credentials.value(password),
    });
    const accounts = Object.entries(upstreams).flatMap(([name, each]) =>
        each.login ? [[name, each.login] as const] : [],
    );
    return {
        sshKey: credentials.value(ssh.key),
        certificate: credentials.value(tls.certificate),
        certificateKey: credentials.value(tls.key),
        users: users.map(login),
        upstreams: Object.fromEntries(accounts.map(([name, each]) => [name, login(each)])),
    };
}
