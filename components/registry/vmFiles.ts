import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Images } from "../../config/images.js";
import type { Registry } from "../../config/settings.js";
import type { ManagedFile } from "../host/payload.js";
import { composeFile, imagesOf } from "./composeFile.js";
import { derivedSecret, htpasswd } from "./htpasswd.js";
import { dataOf, frontOf, paths, projectOf, type Served, servedBy } from "./layout.js";
import { nginxConfig } from "./nginxConfig.js";
import { cacheConfig, type Login, listens, privateConfig } from "./registryConfig.js";
import { units } from "./units.js";

type RegistryImages = Pick<Images, "registry" | "nginx">;

/** What the VM's files hold of Vault. */
export interface RegistrySecrets {
    /** Private key with which the VM is reached; other secrets of the registry are derived from it. */
    readonly sshKey: string;
    readonly certificate: string;
    readonly certificateKey: string;
    /** In the order of `users`. */
    readonly users: readonly Login[];
    /** By upstream. */
    readonly upstreams: Readonly<Record<string, Login>>;
}

const read = (name: string) => readFileSync(join(__dirname, `${name}.sh`), "utf8");
const written = "# Written by cicd-pipeline (cicd:registry); an edit here is drift.";

/** Every file of the VM, with what its change asks for. */
export function vmFiles(registry: Registry, images: RegistryImages, secrets: RegistrySecrets): ManagedFile[] {
    const at = paths(registry.root);
    const secretMode = "0600";
    const httpSecret = (service: string) => derivedSecret(secrets.sshKey, `uploads of ${service}`);
    const [own, ...caches] = servedBy(registry);
    if (own === undefined) throw new Error("a registry VM has a private registry");
    return [
        { path: at.compose, content: composeFile(registry, images), action: "compose" },
        { path: `${at.nginx}/nginx.conf`, content: nginxConfig(registry), action: "reload:nginx" },
        { path: `${at.nginx}/tls/certificate.pem`, content: lineEnd(secrets.certificate), action: "reload:nginx" },
        {
            path: `${at.nginx}/tls/key.pem`,
            content: lineEnd(secrets.certificateKey),
            mode: secretMode,
            action: "reload:nginx",
        },
        {
            path: `${at.private}/config.yml`,
            content: privateConfig(listens(own), httpSecret(own.service)),
            mode: secretMode,
            action: `restart:${own.service}`,
        },
        {
            path: `${at.private}/htpasswd`,
            content: htpasswd(secrets.users, registry.bcryptCost, secrets.sshKey),
            mode: secretMode,
            // The registry sees by the file's time that it is another one.
            action: "none",
        },
        ...caches.map((cache) => ({
            path: `${at.cache(cache.upstream ?? "")}/config.yml`,
            content: cacheConfig(
                listens(cache),
                registry.upstreams[cache.upstream ?? ""]?.url ?? "",
                httpSecret(cache.service),
                secrets.upstreams[cache.upstream ?? ""],
            ),
            mode: secretMode,
            action: `restart:${cache.service}`,
        })),
        ...programs(registry, own),
        ...(registry.retention.timers === "systemd"
            ? Object.entries(units(registry)).map(([name, content]) => ({
                  path: `${at.units}/${name}`,
                  content,
                  action: "units",
              }))
            : []),
    ];
}

function programs(registry: Registry, own: Served): ManagedFile[] {
    const { root, retention, pinned } = registry;
    const { bin, hold } = paths(root);
    const guards = [`lock='${root}/.push/lock'`, `hold='${hold}'`];
    const storage = `storage='${dataOf(registry, own)}'`;
    const clean = [
        "#!/bin/sh",
        written,
        storage,
        `keep=${retention.keepTags}`,
        `grace_minutes=${retention.graceHours * 60}`,
        ...guards,
        "protected() {",
        "    cat << 'END'",
        ...[...new Set([...retention.protect, ...pinned])].sort(),
        "END",
        "}",
        "",
        read("clean"),
    ];
    const readOnly = { services: { [own.service]: { environment: { [readOnlyVariable]: '{"enabled":true}' } } } };
    return [
        { path: `${bin}/registry-clean`, content: clean.join("\n"), mode: "0755" },
        {
            path: `${bin}/registry-collect`,
            content: ["#!/bin/sh", written, `root='${root}'`, storage, ...guards, "", read("collect")].join("\n"),
            mode: "0755",
        },
        // JSON is YAML.
        { path: `${bin}/read-only.yml`, content: `${JSON.stringify(readOnly, null, 2)}\n` },
    ];
}

const readOnlyVariable = "REGISTRY_STORAGE_MAINTENANCE_READONLY";

/** Hooks of the push: what is checked, bounced and proven on the VM. */
export function vmHooks(registry: Registry, images: RegistryImages): string {
    const served = servedBy(registry);
    const { ui } = registry;
    const listening = [
        ...served.map(({ port, upstream }) => `${upstream === undefined ? "private" : "cache"} ${port}`),
        ...(ui ? [`ui ${ui.port}`] : []),
    ];
    const inner = [...served, ...(ui ? [ui] : [])].map(({ innerPort }) => innerPort);
    const configs = served.map(({ upstream }) => (upstream === undefined ? "private" : `cache/${upstream}`));
    return [
        `project='${projectOf(registry)}'`,
        `services='${Object.keys(imagesOf(registry, images)).join(" ")}'`,
        `compose_images='${[...new Set(Object.values(imagesOf(registry, images)))].join("\n")}'`,
        `registry_image='${images.registry}'`,
        `nginx_image='${images.nginx}'`,
        `registry_configs='${configs.join(" ")}'`,
        `listening='${listening.join("\n")}'`,
        `inner_ports='${inner.join(" ")}'`,
        `front='${frontOf(registry)}'`,
        `name='${registry.name}'`,
        `timers='${registry.retention.timers}'`,
        `units='${Object.keys(units(registry)).join(" ")}'`,
        "",
        read("vm"),
    ].join("\n");
}

/** What the hooks ask for with `secret`: the first user's login, as curl reads it from a file. */
export function vmSecrets({ users: [first] }: RegistrySecrets): Record<string, string> {
    const quoted = JSON.stringify(`${first?.username}:${first?.password}`);
    return { login: `user = ${quoted}\n` };
}

/** State of every container as it has to be, of the timers, and whether pushes are taken. */
export function vmItems(registry: Registry, images: RegistryImages): Record<string, string> {
    const containers = Object.entries(imagesOf(registry, images)).map(([name, image]) => [name, `running ${image}`]);
    const timers = ["registry-clean.timer", "registry-collect.timer"].map((name) => [name, "active"]);
    const pushes = ["pushes", "taken"];
    return Object.fromEntries([...containers, pushes, ...(registry.retention.timers === "systemd" ? timers : [])]);
}

/** Prints the same of what is there. */
export function vmProbe(registry: Registry): string {
    const { retention, root } = registry;
    const format = '{{index .Config.Labels "com.docker.compose.service"}}{{"\\t"}}{{.State.Status}} {{.Config.Image}}';
    const containers = `docker ps --all --quiet --filter label=com.docker.compose.project=${projectOf(registry)}`;
    // Of a collection that was cut off. One that is under way has the lock, which many may look at together.
    const refused = `[ -e '${root}/.push/read-only' ] && flock -s -n '${root}/.push/lock' true`;
    const timers =
        'for unit in registry-clean.timer registry-collect.timer; do printf \'%s\\t%s\\n\' "$unit" "$(systemctl is-active "$unit")"; done';
    return [
        `for id in $(${containers}); do docker inspect --format '${format}' "$id"; done`,
        `if ${refused}; then printf 'pushes\\trefused\\n'; else printf 'pushes\\ttaken\\n'; fi`,
        ...(retention.timers === "systemd" ? [timers] : []),
    ].join("\n");
}

/** Paths of the VM's directory that the push leaves alone and nobody reports. */
export function vmIgnored({ root, data, syncedFiles }: Registry): string[] {
    // What `registry-config-sync` keeps there.
    const ofThePipeline = syncedFiles.length > 0 ? [".incoming", ".previous", ".changed", ".pending", ".plan"] : [];
    return [data, ...syncedFiles, ...ofThePipeline].map((name) => `${root}/${name}`);
}

function lineEnd(text: string): string {
    return text.endsWith("\n") ? text : `${text}\n`;
}
