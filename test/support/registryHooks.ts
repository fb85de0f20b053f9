import {
    existsSync,
    lstatSync,
    mkdirSync,
    readdirSync,
    readFileSync,
    readlinkSync,
    rmSync,
    writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { vmFiles, vmHooks, vmSecrets } from "../../components/registry/vmFiles.js";
import { PushedHost } from "./pushedHost.js";
import { registryImages, registrySecrets, registrySettings } from "./registrySettings.js";
import { putProgram, type ShellResult } from "./shell.js";

/** A docker that runs nothing and says that all went well. */
const docker = 'echo "docker $*" >> "$HOST/asked"';

/** Answers as the registries would, unless the file `silent` is there. */
const curl = `for a; do case $before in --dump-header) headers=$a ;; esac; before=$a; done
[ ! -e "$HOST/silent" ] || exit 7
echo 'Docker-Distribution-Api-Version: registry/2.0' > "$headers"
case "$*" in *--config*) printf 200 ;; *https:*) printf 401 ;; *) printf 200 ;; esac`;

/** Keeps links as systemd 252 does, and refuses what that refuses; what runs is a file below \`active\`. */
const systemctl = `echo "systemctl $*" >> "$HOST/asked"
command= now=
for a; do
    case $a in
        --now) now=1 ;;
        -*) ;;
        *) if [ -z "$command" ]; then command=$a; continue; fi
            name=\${a##*/} link=$HOST/etc/\${a##*/}
            case $command in
                link)
                    if [ -L "$link" ] && [ "$(readlink "$link")" != "$a" ]; then
                        echo "Failed to link unit: File $link already exists and is a symlink to $(readlink "$link")." >&2; exit 1
                    fi
                    ln -sfn "$a" "$link" ;;
                enable)
                    [ -f "$link" ] || { echo "Failed to enable unit: Unit file $name does not exist." >&2; exit 1; }
                    wants=$HOST/etc/$(sed -n 's/^WantedBy=//p' "$link").wants/$name
                    mkdir -p "\${wants%/*}"
                    ln -sfn "$(readlink "$link")" "$wants"
                    [ -z "$now" ] || : > "$HOST/active/$name" ;;
                disable)
                    rm -f "$link" "$HOST"/etc/*.wants/"$name"
                    [ -z "$now" ] || rm -f "$HOST/active/$name" ;;
                stop) rm -f "$HOST/active/$name" ;;
            esac ;;
    esac
done`;

/** The push to a registry VM on a directory of this machine, where docker, curl and systemctl only remember what they were asked. */
export class RegistryHooks {
    readonly host = new PushedHost();
    /** Directory that is managed. */
    root = this.host.root;

    constructor() {
        for (const [name, text] of Object.entries({ docker, curl, systemctl })) {
            putProgram(join(this.host.directory, "fake"), name, `#!/bin/sh\n${text}\n`);
        }
        for (const name of ["etc", "run", "active"]) mkdirSync(join(this.host.directory, name));
    }

    /** @param changes of `cicd:registry` */
    push(changes: object = {}, action = "work-push"): Promise<ShellResult> {
        const { directory } = this.host;
        const own = { root: this.root, upstreams: {}, bcryptCost: 4 };
        const settings = registrySettings({ ...own, ...changes });
        const files = vmFiles(settings, registryImages, registrySecrets).map(({ path, ...file }) => [
            path.slice(this.host.root.length + 1),
            file,
        ]);
        const program = this.host.program(Object.fromEntries(files), {
            root: this.root,
            hooks: vmHooks(settings, registryImages),
            secrets: vmSecrets(registrySecrets),
        });
        mkdirSync(join(this.root, ".push"), { recursive: true });
        const moved = program
            .replaceAll("/run/systemd/system", join(directory, "run"))
            // Whatever listens on this machine has nothing to do with it.
            .replaceAll("/proc/net/", join(directory, "net/"))
            .replaceAll("/etc/systemd/system", join(directory, "etc"));
        const env = { PATH: `${join(directory, "fake")}:${process.env.PATH}`, VERIFY_SECONDS: "0" };
        return this.host.run(moved, { action, env });
    }

    /** Whether the front door answers nobody. */
    set silent(silent: boolean) {
        const file = join(this.host.directory, "silent");
        if (silent) writeFileSync(file, "");
        else rmSync(file, { force: true });
    }

    /** What docker and systemctl were asked since the last time this was asked. */
    get asked(): string {
        const file = join(this.host.directory, "asked");
        const text = existsSync(file) ? readFileSync(file, "utf8") : "";
        writeFileSync(file, "");
        return text;
    }

    /** Units that run, by name. */
    get active(): string[] {
        return readdirSync(join(this.host.directory, "active")).sort();
    }

    /** Where each link below systemd's directory leads. */
    get links(): Record<string, string> {
        const etc = join(this.host.directory, "etc");
        const names = readdirSync(etc, { recursive: true, encoding: "utf8" }).sort();
        const links = names.filter((name) => lstatSync(join(etc, name)).isSymbolicLink());
        return Object.fromEntries(links.map((name) => [name, readlinkSync(join(etc, name))]));
    }

    remove(): void {
        this.host.remove();
    }
}
