import { generateKeyPairSync } from "node:crypto";
import { expect } from "chai";
import { readJobBundle } from "../../../../components/monitoring/jobBundle.js";
import {
    EXTENSION_NAME,
    extensionDeploymentSpec,
    extensionFiles,
    MONITOR_PORT,
    SECRETS_PORT,
} from "../../../../components/woodpecker/extensionDeployment.js";
import { extensionRules } from "../../../../components/woodpecker/secretExtension.js";
import { images } from "../../../../config/images.js";
import { parseSettings } from "../../../../config/parse.js";
import { signatureHeaders } from "../../../../sandbox/doubles/woodpecker/extension.js";
import { Cluster } from "../../../support/cluster.js";
import { freePort } from "../../../support/server.js";
import { environment, vault } from "../../../support/servers.js";
import { rawSettings } from "../../../support/settings.js";
import { declareVaultReader, removeVaultReader } from "../../../support/vaultReader.js";
import { waitFor } from "../../../support/waitFor.js";

/** The Deployment's own pod template, in a real pod that logs in to OpenBao with the token it is given. */
describe("the Deployment of the secret extension, in the sandbox's cluster", function () {
    this.timeout(120_000);
    const cluster = Cluster.ofSandbox();
    const namespace = "sandbox-test-extension";
    const path = `${namespace}/values`;
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const settings = parseSettings(
        rawSettings({
            apps: {},
            credentials: {},
            woodpecker: { url: environment("WOODPECKER_SERVER") },
            vault: { address: environment("VAULT_ADDR"), mounts: { kubernetesAuth: namespace } },
            secretExtension: {
                allow: [{ repositories: ["acme/*"] }],
                mapping: { entries: [{ path }] },
                publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
                namespace,
            },
        }),
    ).secretExtension;
    if (!settings) throw new Error("no extension");
    const extension = settings;
    let secrets: number;
    let monitor: number;
    let prepared = false;

    before(async function () {
        if (!(await cluster.isReal())) {
            console.log("      skipped: the node is simulated on this machine, where no container runs");
            this.skip();
        }
        prepared = true;
        [secrets, monitor] = [await freePort(), await freePort()];
        await vault.api("POST", `secret/data/${path}`, { data: { token: "value-of-vault\n" } });
        await declareVaultReader(cluster, {
            mount: namespace,
            role: "secret-extension",
            rules: extensionRules(extension),
            account: EXTENSION_NAME,
            namespace,
            audience: extension.audience,
            tokenSeconds: 120,
        });
        await cluster.createNamespace(namespace);
        const metadata = { name: EXTENSION_NAME };
        await cluster.core.createNamespacedServiceAccount({ namespace, body: { metadata } });
        const data = extensionFiles(extension, readJobBundle("secret-extension").text);
        await cluster.core.createNamespacedConfigMap({ namespace, body: { metadata, data } });
        const spec = onePodWithPorts(extensionDeploymentSpec(extension, images.parse({}).node, data));
        await cluster.apps.createNamespacedDeployment({ namespace, body: { metadata, spec } });
    });
    after(async () => {
        if (!prepared) return;
        await cluster.deleteNamespace(namespace);
        await removeVaultReader(namespace);
        await vault.api("DELETE", `secret/metadata/${path}`);
    });

    /** The pods of the sandbox share the machine's network, so that there is one of them, and ports nobody has. */
    function onePodWithPorts<S extends { replicas: number }>(spec: S): S {
        const text = JSON.stringify({ ...spec, replicas: 1 })
            .replaceAll(new RegExp(`(?<=[:"])${SECRETS_PORT}(?=[,}"])`, "g"), String(secrets))
            .replaceAll(new RegExp(`(?<=[:"])${MONITOR_PORT}(?=[,}"])`, "g"), String(monitor));
        return JSON.parse(text) as S;
    }

    async function ask(headers: Readonly<Record<string, string>>, body: string) {
        const response = await fetch(`http://127.0.0.1:${secrets}/secrets`, { method: "POST", headers, body });
        return { status: response.status, json: (await response.json()) as object };
    }

    it("becomes ready by itself, and serves who signs", async () => {
        await waitFor(
            "the Deployment",
            async () => {
                const name = EXTENSION_NAME;
                const { status } = await cluster.apps.readNamespacedDeployment({ namespace, name });
                if (status?.readyReplicas !== 1) {
                    const [pod] = await cluster.podsOf(namespace, `app.kubernetes.io/name=${name}`);
                    throw new Error(JSON.stringify(pod?.status?.containerStatuses ?? status));
                }
            },
            60,
        );
        const body = JSON.stringify({ repo: { full_name: "acme/website" }, pipeline: { event: "push" } });
        const headers = signatureHeaders("/secrets", body, privateKey, Math.floor(Date.now() / 1000));
        expect(await ask(headers, body)).to.deep.equal({
            status: 200,
            json: {
                secrets: [
                    {
                        name: "token",
                        value: "value-of-vault\n",
                        images: [],
                        events: ["cron", "deployment", "manual", "push", "tag"],
                    },
                ],
            },
        });
        expect((await ask({}, body)).status).to.equal(401);
    });

    it("ends with all it has answered when it is told to, and leaves no Vault token behind", async () => {
        const name = EXTENSION_NAME;
        const [pod] = await cluster.podsOf(namespace, `app.kubernetes.io/name=${name}`);
        await cluster.apps.deleteNamespacedDeployment({ namespace, name });
        await waitFor("the end of the pod", async () => {
            expect(await cluster.podsOf(namespace, `app.kubernetes.io/name=${name}`)).to.deep.equal([]);
        });
        expect(pod?.status?.containerStatuses?.[0]?.restartCount).to.equal(0);
        const { data } = await vault.api("GET", "auth/token/accessors?list=true");
        const found = await Promise.all(
            (data as { keys: string[] }).keys.map((accessor) =>
                vault.api("POST", "auth/token/lookup-accessor", { accessor }).catch(() => ({ data: {} })),
            ),
        );
        const left = found.filter(({ data }) => String((data as { path?: string }).path).includes(namespace));
        expect(left).to.deep.equal([]);
    });
});
