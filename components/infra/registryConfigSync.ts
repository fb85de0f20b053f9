import type { InfraPipelineBlocks } from "../../config/infra.js";
import {
    byHand,
    clone,
    type InfraContext,
    type InfraPipeline,
    infraSecretNames,
    notify,
    oneAtATime,
    pushOf,
    scriptStep,
    slackSecret,
    sshAccess,
} from "./pipeline.js";
import { infraScripts } from "./scripts.js";

const keySecret = "registry_ssh_key";

/** Brings the managed files to the registry VM and restarts what they change. */
export function registryConfigSync(
    context: InfraContext,
    block: NonNullable<InfraPipelineBlocks["registry-config-sync"]>,
): InfraPipeline {
    const { infra } = context;
    const { registryUser, registryPassword } = infraSecretNames;
    const inDirectory = (file: string) => (block.directory === "." ? file : `${block.directory}/${file}`);
    const sync = scriptStep({
        name: "sync",
        image: infra.tools,
        script: infraScripts["registry-config-sync"],
        environment: {
            SOURCE_DIRECTORY: block.directory,
            ROOT: block.root,
            FILES: block.files
                .map(({ file, target = file, service = "-" }) => `${file} ${target} ${service}\n`)
                .join(""),
            COMPOSE_FILE: block.compose,
            NGINX_FILE: block.nginx.target,
            NGINX_SERVICE: block.nginx.service,
            NGINX_CONFIG: block.nginx.path,
            CHECK_COMMAND: block.check ?? "",
            REGISTRY_URL: block.url,
            REGISTRY_USER: { from_secret: registryUser },
            REGISTRY_PASSWORD: { from_secret: registryPassword },
            ...sshAccess(block.ssh, keySecret),
        },
    });
    return {
        name: "registry-config-sync",
        workflow: {
            when: [pushOf(infra, ...block.files.map(({ file }) => inDirectory(file))), byHand("registry-config-sync")],
            clone: clone(infra, 1),
            concurrency: oneAtATime("registry-config-sync"),
            steps: [sync, ...notify(context, "registry-config-sync")],
        },
        secrets: [
            { name: keySecret, source: block.ssh.key },
            { name: registryUser, source: block.login.username },
            { name: registryPassword, source: block.login.password },
            ...slackSecret(context),
        ],
    };
}
