import type { RegistrySecrets } from "../../components/registry/vmFiles.js";
import { registry as block } from "../../config/registry.js";
import type { Registry } from "../../config/settings.js";

const value = (key: string) => ({ path: "ci/registry", key });

/** A public host key of no host. */
export const hostKey = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA${"I".padEnd(44, "A")}`;

/** `cicd:registry` as a stack file has it, with what a test changes. */
export function registryBlock(changes: object = {}): object {
    return {
        ssh: { host: "10.0.20.10", hostKey, key: value("ssh") },
        name: "registry.example.org",
        tls: { certificate: value("certificate"), key: value("key") },
        users: [{ username: value("username"), password: value("password") }],
        upstreams: {
            "docker.io": { url: "https://registry-1.docker.io", port: 5000, innerPort: 15_000 },
            "ghcr.io": { url: "https://ghcr.io", port: 5010, innerPort: 15_010 },
        },
        ...changes,
    };
}

export function registrySettings(changes: object = {}): Registry {
    return { ...block.parse(registryBlock(changes)), pinned: [], syncedFiles: [] };
}

export const registryImages = {
    registry: `registry:2.8.3@sha256:${"a".repeat(64)}`,
    nginx: `nginx:1.29-alpine@sha256:${"b".repeat(64)}`,
};

export const registrySecrets: RegistrySecrets = {
    sshKey: "a private key",
    certificate: "the certificate",
    certificateKey: "the key of the certificate",
    users: [{ username: "ci", password: "a password" }],
    upstreams: {},
};
