import { readFileSync } from "node:fs";
import { expect } from "chai";
import { parse } from "yaml";
import { DOCKER_CONFIG } from "../../../components/kyverno/dockerConfig.js";
import { buildAppImage } from "../../../sandbox/lib/image.js";
import { findExecutable } from "../../../sandbox/lib/run.js";
import { Cluster } from "../../support/cluster.js";
import { FrontDoor } from "../../support/frontDoor.js";
import { RegistryOnVm } from "../../support/registryVm.js";
import { environment, vault } from "../../support/servers.js";
import { demandSuccess, exit, stack } from "../../support/stack.js";
import { StackFiles } from "../../support/stackFiles.js";
import { waitFor } from "../../support/waitFor.js";

const path = "secret/data/ci/registry";
const secretName = "registry-credentials";

/** Kyverno works through the namespaces one by one. */
const patience = 60;

describe("the private registry of the stack, and its credential", function () {
    this.timeout("5m");
    const cluster = Cluster.ofSandbox();
    const files = new StackFiles();
    const late = "sandbox-test-late";
    let login: { username: string; password: string };
    let port: number;

    before(async function () {
        if (!(RegistryOnVm.isPossible() && (await cluster.isReal()))) this.skip();
        await stack.select();
        demandSuccess(await stack.up("--refresh", "--run-program"));
        login = await storedLogin();
        const { config } = parse(readFileSync(environment("PULUMI_OPTION_CONFIG_FILE"), "utf8"));
        port = config["cicd:registry"].private.port;
    });
    after(async () => {
        files.remove();
        await cluster.deleteNamespace(late).catch(() => {});
        if (login === undefined) return;
        await vault.api("POST", path, { data: login });
        demandSuccess(await stack.up());
    });

    it("let an image be pulled by its name in a namespace that is younger than the policy", async () => {
        const program = findExecutable("app", environment("PATH"));
        if (program === undefined) throw new Error("the program app is not on PATH");
        const [repository, tag] = ["sandbox-test/app", "11111111"];
        await (await frontDoor(login)).push(repository, tag, await buildAppImage(program, repository, tag));
        await cluster.createNamespace(late);
        await waitFor(`${secretName} in ${late}`, () => passwordIn(late), patience);
        const image = `127.0.0.1:${port}/${repository}:${tag}`;
        await start("with", image, [{ name: secretName }]);
        await start("without", image, []);
        await waitFor(
            "the pod with the credential to run",
            async () => expect(await stateOf("with")).to.have.property("running"),
            90,
        );
        await waitFor("the pod without it to be refused", async () =>
            expect((await stateOf("without"))?.waiting?.reason).to.match(/^(ErrImagePull|ImagePullBackOff)$/),
        );
    });

    it("follow a new password in Vault with one up: the registry, and every namespace", async () => {
        const rotated = { ...login, password: "rotated-password-of-the-sandbox" };
        await vault.api("POST", path, { data: rotated });
        const seen = await stack.preview();
        expect(seen.code, seen.output).to.equal(exit.changes);
        expect(seen.output).not.to.include(rotated.password);
        demandSuccess(await stack.up());
        const door = await frontDoor(rotated);
        expect(await door.status("/v2/")).to.equal(200);
        expect(await door.status("/v2/", login)).to.equal(401);
        for (const namespace of ["website", "shop", late]) {
            await waitFor(
                `the new password in ${namespace}`,
                async () => expect(await passwordIn(namespace)).to.equal(rotated.password),
                patience,
            );
        }
        const { code, output } = await stack.preview();
        expect(code, output).to.equal(exit.clean);
    });

    for (const [api, password] of [
        ["GeneratingPolicy", "password-of-the-generating-policy"],
        ["ClusterPolicy", "password-of-the-cluster-policy"],
    ] as const) {
        it(`stay in every namespace while one up hands them to a ${api}, and follow a new password under it`, async () => {
            const namespaces = ["website", "shop", late];
            const identities = () => Promise.all(namespaces.map(async (namespace) => (await copyIn(namespace)).uid));
            const file = files.changed((document) => document.setIn(["config", "cicd:credentialSync", "api"], api));
            const before = await identities();
            const moved = await stack.up("--config-file", file);
            demandSuccess(moved);
            expect(moved.output).not.to.include("does not renew");
            await vault.api("POST", path, { data: { ...login, password } });
            demandSuccess(await stack.up("--config-file", file));
            for (const namespace of namespaces) {
                await waitFor(
                    `the new password in ${namespace}`,
                    async () => expect(await passwordIn(namespace)).to.equal(password),
                    patience,
                );
            }
            expect(await identities()).to.deep.equal(before);
            const { code, output } = await stack.preview("--config-file", file);
            expect(code, output).to.equal(exit.clean);
        });
    }

    it("are refused with a namespace that does not exist among the excluded, before anything is changed", async () => {
        const file = files.changed((document) =>
            document.setIn(["config", "cicd:credentialSync", "excludedNamespaces"], ["website-1"]),
        );
        const { code, output } = await stack.up("--config-file", file);
        expect(code, output).to.equal(1);
        expect(output).to.include('cicd:credentialSync.excludedNamespaces: "website-1" does not exist');
        expect(output).to.include("nothing was changed");
    });

    async function frontDoor(as: typeof login): Promise<FrontDoor> {
        const { data } = (await vault.api("GET", "secret/data/ci/registry-vm")).data as {
            data: { certificate: string };
        };
        return new FrontDoor(port, data.certificate, as);
    }

    async function storedLogin(): Promise<typeof login> {
        return ((await vault.api("GET", path)).data as { data: typeof login }).data;
    }

    async function copyIn(namespace: string): Promise<{ uid: string | undefined; text: string }> {
        const { metadata, data } = await cluster.core.readNamespacedSecret({ namespace, name: secretName });
        return { uid: metadata?.uid, text: Buffer.from(data?.[DOCKER_CONFIG.key] ?? "", "base64").toString() };
    }

    async function passwordIn(namespace: string): Promise<string> {
        return JSON.parse((await copyIn(namespace)).text).auths[`127.0.0.1:${port}`].password;
    }

    const start = (name: string, image: string, imagePullSecrets: { name: string }[]) =>
        cluster.core.createNamespacedPod({
            namespace: late,
            body: {
                metadata: { name },
                spec: {
                    imagePullSecrets,
                    automountServiceAccountToken: false,
                    terminationGracePeriodSeconds: 1,
                    containers: [{ name, image, imagePullPolicy: "Always" }],
                },
            },
        });

    async function stateOf(name: string) {
        const { status } = await cluster.core.readNamespacedPod({ namespace: late, name });
        return status?.containerStatuses?.[0]?.state;
    }
});
