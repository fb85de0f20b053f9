import type { Images } from "../../config/images.js";
import type { Registry } from "../../config/settings.js";
import { renderYaml } from "../document.js";
import { dataOf, inside, paths, projectOf, type Served, servedBy } from "./layout.js";

type Service = Readonly<Record<string, unknown>>;

const header = `The registry VM: nginx in front, the private registry and the caches behind it on loopback.
Written by cicd-pipeline (cicd:registry); an edit here is drift.`;

/** What all services have in common. */
const common = {
    // A registry that is replaced keeps its address: with a network of Docker's own nginx would go on asking the old one.
    network_mode: "host",
    restart: "unless-stopped",
    read_only: true,
    security_opt: ["no-new-privileges:true"],
    cap_drop: ["ALL"],
    logging: { driver: "json-file", options: { "max-size": "10m", "max-file": "3" } },
};

/** The compose file: every image by digest, every path absolute. */
export function composeFile(registry: Registry, images: Pick<Images, "registry" | "nginx">): string {
    const served = servedBy(registry).map((each) => [each.service, registryService(registry, each, images.registry)]);
    const services: Record<string, Service> = {
        nginx: nginxService(registry, images.nginx),
        ...Object.fromEntries(served),
        ...(registry.ui && { ui: uiService(registry, registry.ui) }),
    };
    return renderYaml({ name: projectOf(registry), services }, { header });
}

/** Image of each service. */
export function imagesOf(
    registry: Registry,
    images: Pick<Images, "registry" | "nginx">,
): Readonly<Record<string, string>> {
    return {
        nginx: images.nginx,
        ...Object.fromEntries(servedBy(registry).map(({ service }) => [service, images.registry])),
        ...(registry.ui && { ui: registry.ui.image }),
    };
}

function nginxService({ root, address }: Registry, image: string): Service {
    return {
        image,
        ...common,
        entrypoint: ["nginx", "-e", "stderr", "-c", `${inside.nginx}/nginx.conf`, "-g", "daemon off;"],
        // Makes compose replace it when the address is another one: a reload listens on the new one beside the old one, and where one of
        // them is 0.0.0.0 that fails, unseen.
        labels: { "cicd-pipeline.address": address },
        // The directory, not its files: a file that is mounted alone stays the old one when it is replaced.
        volumes: [`${paths(root).nginx}:${inside.nginx}:ro`],
        tmpfs: ["/run", "/tmp"],
        cap_add: ["CHOWN", "NET_BIND_SERVICE", "SETGID", "SETUID"],
        // Ends when its last request has ended.
        stop_signal: "SIGQUIT",
        stop_grace_period: "30s",
    };
}

function registryService(registry: Registry, served: Served, image: string): Service {
    const { private: own, cache } = paths(registry.root);
    const configuration = served.upstream === undefined ? own : cache(served.upstream);
    return {
        image,
        ...common,
        // Of the image itself: the program's defaults would come from there.
        command: [`${inside.registry}/config.yml`],
        volumes: [`${configuration}:${inside.registry}:ro`, `${dataOf(registry, served)}:${inside.data}`],
        tmpfs: ["/tmp"],
        stop_grace_period: "3s",
    };
}

function uiService({ private: { innerPort }, name }: Registry, ui: NonNullable<Registry["ui"]>): Service {
    return {
        image: ui.image,
        network_mode: common.network_mode,
        restart: common.restart,
        security_opt: common.security_opt,
        logging: common.logging,
        environment: {
            SINGLE_REGISTRY: "true",
            REGISTRY_TITLE: name,
            NGINX_LISTEN_PORT: String(ui.innerPort),
            NGINX_PROXY_PASS_URL: `http://127.0.0.1:${innerPort}`,
        },
    };
}
