import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { originOf } from "../../lib/origin.js";
import type { Part, PartContext } from "../../lib/part.js";
import { run } from "../../lib/run.js";
import { vmKind } from "../kubernetes/machine.js";
import { makeMountPoints, removeMountPoints, removeOwnControlGroup } from "../kubernetes/traces.js";
import { greeting, makeKey } from "../sshd.js";
import { bindsOf, prepareVm, processName, sessionEnvironment } from "./enclosure.js";
import { pushVmImages } from "./images.js";

/** What the VM hands to the stack file and to Vault. */
export const vmValues = {
    hostKey: "vm.host-key",
    registryImage: "vm.image.registry",
    nginxImage: "vm.image.nginx",
    sshKey: "vm.ssh-key",
    certificate: "vm.certificate",
    certificateKey: "vm.certificate-key",
} as const;

/** The machine that the registry runs on: a real sshd with a host key of its own, and a real container engine. */
export const vm: Part = {
    name: "vm",
    needs: ["public-registry"],
    get programs() {
        const all = ["sshd", "ssh-keygen", "openssl", "curl", "enclose", "registry", "nginx", "dockerd", "docker"];
        return vmKind().kind === "real"
            ? [...all, "docker-compose", "containerd", "ctr", "containerd-shim-runc-v2", "runc"]
            : [];
    },
    async origin(context) {
        const kind = vmKind();
        if (kind.kind !== "real") return { kind: "simulated", version: "", from: `left out, because ${kind.reason}` };
        const compose = context.provenance("docker-compose");
        const { version, from } = originOf(context, "dockerd");
        return { kind: "real", version, from: `${from}; ${compose?.from} (compose ${compose?.version})` };
    },
    async start(context) {
        const kind = vmKind();
        if (kind.kind !== "real") {
            context.say(`no registry VM: ${kind.reason}`);
            for (const name of Object.values(vmValues)) context.values.delete(name);
            return;
        }
        await makeIdentity(context);
        const plan = prepareVm(context);
        makeMountPoints(bindsOf(context).map(({ target }) => target));
        await context.spawn({
            name: processName,
            command: context.bin("enclose"),
            args: [plan],
            inputs: [plan, join(context.directory, "sshd_config"), join(context.directory, "id.pub")],
        });
        await context.waitUntil("the VM's sshd", () => greeting(context.port("vm-ssh")), { processName });
        await context.waitUntil(
            "the VM's container engine",
            () => run(context.bin("docker"), ["version"], { env: hostSide(context) }),
            {
                processName,
            },
        );
        context.say("pushing the VM's images");
        const images = await pushVmImages(context);
        context.values.set(vmValues.registryImage, images.registry);
        context.values.set(vmValues.nginxImage, images.nginx);
    },
    async stop(context) {
        await context.stop(processName);
        removeOwnControlGroup(context.directory);
        removeMountPoints(bindsOf(context).map(({ target }) => target));
    },
};

/** The engine's socket lies in a directory of this machine too. */
function hostSide(context: PartContext): Record<string, string> {
    return { ...sessionEnvironment(context), DOCKER_HOST: `unix://${join(context.directory, "run/docker.sock")}` };
}

/** Host key, login key and the registry's certificate; made once. */
async function makeIdentity(context: PartContext): Promise<void> {
    const file = (name: string) => join(context.directory, name);
    await makeKey(context, file("host_key"));
    await makeKey(context, file("id"));
    const [certificate, key] = [file("certificate.pem"), file("certificate-key.pem")];
    if (!existsSync(certificate)) {
        rmSync(key, { force: true });
        await run(context.bin("openssl"), [
            ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650"],
            ...[
                "-subj",
                "/CN=registry.sandbox.test",
                "-addext",
                "subjectAltName=IP:127.0.0.1,DNS:registry.sandbox.test",
            ],
            ...["-keyout", key, "-out", certificate],
        ]);
    }
    const publicKey = readFileSync(file("host_key.pub"), "utf8").split(" ").slice(0, 2).join(" ");
    context.values.set(vmValues.hostKey, publicKey);
    context.values.set(vmValues.sshKey, readFileSync(file("id"), "utf8"));
    context.values.set(vmValues.certificate, readFileSync(certificate, "utf8"));
    context.values.set(vmValues.certificateKey, readFileSync(key, "utf8"));
}
