import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { RbacAuthorizationV1Api } from "@kubernetes/client-node";
import { expect } from "chai";
import { infraPipelines } from "../../../../components/infra/pipelines.js";
import { infraScripts } from "../../../../components/infra/scripts.js";
import { parseSettings } from "../../../../config/parse.js";
import { Cluster } from "../../../support/cluster.js";
import { describeStep } from "../../../support/infraStep.js";
import { usePrograms } from "../../../support/programs.js";
import { stackConfig } from "../../../support/settings.js";
import { SshHost, strangeHostKey } from "../../../support/sshHost.js";

const namespaces = ["sandbox-test-tls-a", "sandbox-test-tls-b"] as const;
const [home] = namespaces;
const account = "sandbox-test-renew-tls";
const secret = "tls-secret";
/** The repository's own program: a new certificate for so many days. */
const renewal = (days: number, more = "") => `#!/bin/sh
[ "$DNS_TOKEN" = recognisable ] || exit 9
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout secrets/key.pem -out secrets/chain.pem -days ${days} -subj /CN=${Date.now()}.example.org 2> /dev/null
${more}
`;

describeStep(
    "renew-tls",
    (step) => {
        const cluster = Cluster.ofSandbox();
        const rbac = cluster.config.makeApiClient(RbacAuthorizationV1Api);
        let host: SshHost;
        let kubeconfig: string;
        let cryptKey: string;

        before(async function () {
            if (!SshHost.isPossible()) {
                console.log("      skipped: only root may give a git host an /etc of its own");
                return this.skip();
            }
            await usePrograms("git-crypt", "kubectl");
            host = await SshHost.start();
            for (const namespace of namespaces) await cluster.createNamespace(namespace);
            kubeconfig = await identity();
        });
        after(async () => {
            if (!host) return;
            await host.stop();
            await rbac.deleteClusterRole({ name: account });
            await rbac.deleteClusterRoleBinding({ name: account });
            for (const namespace of namespaces) await cluster.deleteNamespace(namespace);
        });

        /** Who the step is in the cluster, with exactly the rights that are declared for it. @returns a kubeconfig */
        async function identity(): Promise<string> {
            const { infra } = parseSettings(stackConfig("prod"));
            if (!infra) throw new Error("stack prod has no infra repository");
            const pipeline = infraPipelines({ infra, slack: false }).find(({ name }) => name === "renew-tls");
            const rules = (pipeline?.clusterRules ?? []).map((rule) => ({
                apiGroups: [...rule.apiGroups],
                resources: [...rule.resources],
                ...(rule.resourceNames && { resourceNames: [...rule.resourceNames] }),
                verbs: [...rule.verbs],
            }));
            const metadata = { name: account };
            await cluster.core.createNamespacedServiceAccount({ namespace: home, body: { metadata } });
            await rbac.createClusterRole({ body: { metadata, rules } });
            await rbac.createClusterRoleBinding({
                body: {
                    metadata,
                    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: account },
                    subjects: [{ kind: "ServiceAccount", name: account, namespace: home }],
                },
            });
            const { status } = await cluster.core.createNamespacedServiceAccountToken({
                namespace: home,
                name: account,
                body: { spec: { audiences: [], expirationSeconds: 3600 } },
            });
            const file = join(host.directory, "kubeconfig");
            const { caData } = cluster.config.getCurrentCluster() ?? {};
            const config = {
                apiVersion: "v1",
                kind: "Config",
                clusters: [{ name: "c", cluster: { server: cluster.server, "certificate-authority-data": caData } }],
                users: [{ name: "u", user: { token: status?.token } }],
                contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
                "current-context": "x",
            };
            writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
            return file;
        }

        const origin = () => join(step.place.directory, "origin.git");
        const inOrigin = (...args: string[]) => execFileSync("git", ["-C", origin(), ...args]);

        /** A repository with encrypted secrets, and the workspace as Woodpecker clones it: locked. */
        beforeEach(() => {
            const seed = join(step.place.directory, "seed");
            mkdirSync(join(seed, "secrets"), { recursive: true });
            const git = (...args: string[]) =>
                execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], { cwd: seed });
            git("init", "--quiet", "--initial-branch", "main");
            execFileSync("git-crypt", ["init"], { cwd: seed, stdio: "ignore" });
            cryptKey = execFileSync("git-crypt", ["export-key", "-"], { cwd: seed }).toString("base64");
            writeFileSync(join(seed, ".gitattributes"), "secrets/** filter=git-crypt diff=git-crypt\n");
            writeFileSync(join(seed, "secrets/chain.pem"), "old certificate\n");
            writeFileSync(join(seed, "secrets/key.pem"), "old key\n");
            writeFileSync(join(seed, "renew.sh"), renewal(90), { mode: 0o755 });
            git("add", "--all");
            git("commit", "--quiet", "--message", "one");
            execFileSync("git", ["clone", "--quiet", "--bare", seed, origin()]);
            execFileSync("git", ["clone", "--quiet", origin(), step.place.work]);
        });

        const run = (changes: Record<string, string> = {}) =>
            step.run(infraScripts["renew-tls"], {
                RENEW_SCRIPT: "renew.sh",
                CERTIFICATE: "secrets/chain.pem",
                PRIVATE_KEY: "secrets/key.pem",
                TLS_SECRET: secret,
                SKIPPED_NAMESPACES: "^(?!sandbox-test-tls-)",
                DNS_TOKEN: "recognisable",
                GIT_CRYPT_KEY: cryptKey,
                BRANCH: "main",
                PUSH_URL: `ssh://${userInfo().username}@127.0.0.1:${host.port}${origin()}`,
                PUSH_KEY: host.loginKey,
                PUSH_HOST_KEYS: `[127.0.0.1]:${host.port} ${host.hostKey}\n`,
                GIT_AUTHOR_NAME: "pipeline",
                GIT_AUTHOR_EMAIL: "pipeline@example.org",
                KUBECONFIG: kubeconfig,
                HOME: step.place.directory,
                ...changes,
            });
        const certificateIn = async (namespace: string) => {
            const { data } = await cluster.core.readNamespacedSecret({ namespace, name: secret });
            return Buffer.from(data?.["tls.crt"] ?? "", "base64").toString();
        };
        const renewBy = (text: string) => {
            step.place.put("renew.sh", text, true);
            step.place.git("add", "renew.sh");
            step.place.git("commit", "--quiet", "--message", "another program");
            step.place.git("push", "--quiet", "origin", "HEAD:main");
        };

        it("renews, keeps the certificate encrypted in the repository, and hands it to every namespace", async () => {
            const { code, output } = await run();
            expect(code, output).to.equal(0);
            expect(output)
                .to.contain("tls-secret is new in 2 namespaces")
                .and.not.match(/recognisable|PRIVATE KEY/);
            expect(inOrigin("log", "-1", "--format=%s", "main").toString()).to.equal(
                "Renew the TLS certificate [CI SKIP]\n",
            );
            for (const name of ["chain", "key"]) {
                const stored = inOrigin("show", `main:secrets/${name}.pem`);
                expect(stored.subarray(0, 10).toString("latin1")).to.equal("\0GITCRYPT\0");
            }
            const certificate = await certificateIn(namespaces[0]);
            expect(certificate).to.contain("BEGIN CERTIFICATE");
            expect(await certificateIn(namespaces[1])).to.equal(certificate);
            // Steps that follow see what a locked clone shows, and no key.
            expect(existsSync(join(step.place.work, ".git/git-crypt/keys/default"))).to.equal(false);
            expect(readFileSync(join(step.place.work, "secrets/key.pem")).subarray(0, 10).toString("latin1")).to.equal(
                "\0GITCRYPT\0",
            );
            expect(step.place.leftovers()).to.deep.equal([]);
        });

        for (const [what, program, says] of [
            ["fails", "#!/bin/sh\necho no DNS answer >&2\nexit 4\n", /no DNS answer/],
            ["renews nothing", renewal(3), /ends within a week although renew.sh said nothing/],
            [
                "leaves the key of another certificate",
                renewal(90, "openssl genpkey -algorithm ed25519 -out secrets/key.pem"),
                /secrets\/key.pem is not the key of secrets\/chain.pem/,
            ],
        ] as const) {
            it(`commits and hands out nothing when the repository's program ${what}`, async () => {
                const before = await certificateIn(home);
                renewBy(program);
                const head = inOrigin("rev-parse", "main").toString();
                const { code, output } = await run();
                expect(output).to.match(says);
                expect(code).to.not.equal(0);
                expect(inOrigin("rev-parse", "main").toString()).to.equal(head);
                expect(await certificateIn(home)).to.equal(before);
                expect(existsSync(join(step.place.work, ".git/git-crypt/keys/default"))).to.equal(false);
                expect(step.place.leftovers()).to.deep.equal([]);
            });
        }

        it("names the namespace that does not take it, and brings it to the others", async () => {
            const [, stubborn] = namespaces;
            const body = [{ op: "add", path: "/immutable", value: true }];
            await cluster.core.patchNamespacedSecret({ namespace: stubborn, name: secret, body });
            const before = await certificateIn(home);
            const { code, output } = await run();
            expect(output).to.contain(`${stubborn}: `).and.contain(`${secret} is still the old one in: ${stubborn}`);
            expect(code).to.equal(1);
            expect(await certificateIn(home)).to.not.equal(before);
        });

        it("fails before anything is handed out when the repository cannot be pushed to, or is locked by another key", async () => {
            const before = await certificateIn(home);
            const strange = await run({ PUSH_HOST_KEYS: `[127.0.0.1]:${host.port} ${strangeHostKey}\n` });
            expect(strange.output)
                .to.contain("Host key verification failed")
                .and.contain("cannot fetch main from ssh://");
            const other = await run({ GIT_CRYPT_KEY: Buffer.from("no key").toString("base64") });
            expect(other.output).to.match(/git-crypt/);
            const text = await run({ GIT_CRYPT_KEY: "§" });
            expect(text.output).to.contain("GIT_CRYPT_KEY is not base64");
            expect([strange.code, other.code, text.code].filter((code) => code === 0)).to.deep.equal([]);
            expect(await certificateIn(home)).to.equal(before);
        });
    },
    ["dash"],
);
