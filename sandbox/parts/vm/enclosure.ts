/** The VM: a container engine and an sshd in an enclosure, with directories of their own over those of this machine. */

import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { writeAtomically } from "../../lib/files.js";
import type { PartContext } from "../../lib/part.js";
import { controlGroupOf } from "../kubernetes/traces.js";

export const processName = "vm";

const enginePaths = { socket: "/run/docker.sock", plugins: "/etc/docker-cli" } as const;

/** Where the VM's directories are on this machine, by where they are in it. */
export function bindsOf({ directory }: Pick<PartContext, "directory">) {
    return [
        { source: join(directory, "run"), target: "/run" },
        { source: join(directory, "etc"), target: "/etc" },
        { source: join(directory, "opt"), target: "/opt" },
        { source: join(directory, "docker"), target: "/var/lib/docker" },
    ];
}

/** What a session on the VM finds in its environment. */
export function sessionEnvironment(context: PartContext): Record<string, string> {
    const path = [
        join(context.directory, "bin"),
        "/usr/local/sbin",
        "/usr/local/bin",
        "/usr/sbin",
        "/usr/bin",
        "/sbin",
        "/bin",
    ];
    return {
        PATH: path.join(":"),
        DOCKER_HOST: `unix://${enginePaths.socket}`,
        DOCKER_CONFIG: enginePaths.plugins,
    };
}

/** Writes the VM's files and what `enclose` runs. @returns the plan's path */
export function prepareVm(context: PartContext): string {
    const file = (name: string) => join(context.directory, name);
    for (const name of ["run", "opt", "docker", "bin"]) mkdirSync(file(name), { recursive: true });
    makeEtc(context);
    for (const program of ["docker", "curl"]) link(context.bin(program), file(`bin/${program}`));
    mkdirSync(file("etc/docker-cli/cli-plugins"), { recursive: true });
    link(context.bin("docker-compose"), file("etc/docker-cli/cli-plugins/docker-compose"));
    writeAtomically(file("sshd_config"), sshdConfiguration(context));
    writeAtomically(file("plan.json"), JSON.stringify(planOf(context), null, 2));
    return file("plan.json");
}

function planOf(context: PartContext) {
    const log = (name: string) => join(context.stateDirectory, "logs", `${name}.log`);
    const run = (command: string) => ["-c", `rm -rf /run/docker* && mkdir -p -m 755 /run/sshd && exec "$0" ${command}`];
    // No network of its own, and so none of Docker's rules and links on this machine.
    const engine = [
        ...["--host", `unix://${enginePaths.socket}`, "--bridge", "none", "--iptables=false", "--ip6tables=false"],
        ...["--ip-forward=false", "--ip-masq=false", "--userland-proxy=false", "--log-level", "warn"],
        ...["--shutdown-timeout", "2", "--cgroup-parent", `/${controlGroupOf(context.directory)}`],
    ];
    return {
        binds: bindsOf(context),
        processes: [
            {
                name: "dockerd",
                command: "/bin/sh",
                args: [...run(engine.join(" ")), context.bin("dockerd")],
                env: [`PATH=${join(context.stateDirectory, "bin")}:/usr/sbin:/usr/bin:/sbin:/bin`, "GOGC=50"],
                log: log("dockerd"),
            },
            {
                name: "sshd",
                command: context.bin("sshd"),
                args: ["-D", "-e", "-f", join(context.directory, "sshd_config")],
                env: [],
                log: log("vm-sshd"),
                after: enginePaths.socket,
            },
        ],
    };
}

/** As little as its programs need: users, names, the alternatives that commands are links to, certificates. */
function makeEtc(context: PartContext): void {
    const etc = join(context.directory, "etc");
    mkdirSync(etc, { recursive: true, mode: 0o755 });
    const put = (name: string, text: string) => writeAtomically(join(etc, name), text, 0o644);
    put(
        "passwd",
        "root:*:0:0:root:/root:/bin/sh\nsshd:*:64022:65534::/run/sshd:/usr/sbin/nologin\nnobody:*:65534:65534::/:/usr/sbin/nologin\n",
    );
    put("group", "root:x:0:\nnogroup:x:65534:\n");
    put("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n");
    put("hosts", "127.0.0.1 localhost\n");
    for (const name of ["alternatives", "ssl", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "resolv.conf"]) {
        const source = join("/etc", name);
        if (!existsSync(source) || existsSync(join(etc, name))) continue;
        cpSync(source, join(etc, name), { recursive: true, verbatimSymlinks: true });
    }
}

function sshdConfiguration(context: PartContext): string {
    const environment = Object.entries(sessionEnvironment(context)).map(([name, value]) => `${name}=${value}`);
    return [
        "ListenAddress 127.0.0.1",
        `Port ${context.port("vm-ssh")}`,
        `HostKey ${join(context.directory, "host_key")}`,
        "PidFile none",
        `AuthorizedKeysFile ${join(context.directory, "id.pub")}`,
        "StrictModes no",
        "PermitRootLogin prohibit-password",
        "PasswordAuthentication no",
        "KbdInteractiveAuthentication no",
        "UsePAM no",
        "AllowUsers root",
        `SetEnv ${environment.join(" ")}`,
        "",
    ].join("\n");
}

function link(target: string, path: string): void {
    rmSync(path, { force: true });
    symlinkSync(target, path);
}
