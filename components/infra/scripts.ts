import { readFileSync } from "node:fs";
import { join } from "node:path";

const read = (name: string) => readFileSync(join(__dirname, "scripts", `${name}.sh`), "utf8");

const common = read("common");

/** Programs of the infra pipelines' steps, POSIX shell; what each reads stands at its head. */
export const infraScripts = {
    default: program("default", "vault", "git", "changed"),
    "renew-tls": program("renew-tls", "git"),
    "registry-config-sync": carrying("registry-config-sync", "vm_script", "registry-config-vm"),
    "pve-nfs-exports-sync": carrying("pve-nfs-exports-sync", "host_script", "pve-nfs-exports-host"),
    "postmortem-todos": program("postmortem-todos", "vault", "changed"),
    "drift-detection": program("drift-detection", "vault"),
    "issue-automation": program("issue-automation", "vault"),
    "provision-user": program("provision-user", "vault"),
} as const;

/** What runs on other machines, for tests that need no way there. */
export const remoteScripts = { registryVm: read("registry-config-vm"), nfsHost: read("pve-nfs-exports-host") } as const;

function program(name: string, ...parts: string[]): string {
    return [common, ...parts.map(read), read(name)].join("");
}

/** A program that carries another one, which it sends to a host. */
function carrying(name: string, print: string, other: string): string {
    return `${common}${read("ssh")}${print}() {\n    cat << 'SCRIPT'\n${read(other)}SCRIPT\n}\n\n${read(name)}`;
}
