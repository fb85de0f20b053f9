import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { deployScript } from "../../../../components/woodpecker/scripts.js";
import { HttpStub, hangUp } from "../../../support/httpStub.js";
import { putProgram, runScript } from "../../../support/shell.js";

const login = "POST /v1/auth/kubernetes/login";
const page = { status: 200, body: "<html>recognisable page</html>" };
const mint = "POST /v1/kubernetes/creds/website-deployer";
const revoke = "POST /v1/auth/token/revoke-self";
const vaultToken = "hvs.recognisable-vault-token";
const kubernetesToken = "recognisable-kubernetes-token";

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const jwt = (subject: string) =>
    `${base64url({ alg: "RS256" })}.${base64url({ sub: subject, note: "ÿþ~?" })}.signature`;

/** A stand-in for kubectl: says what the files beside it hold, and remembers how it was called. */
const kubectl = `#!/bin/sh
here=$(dirname "$0")
printf '%s\\n' "$*" >> "$here/calls"
case "$*" in
    *" set image "*) [ ! -f "$here/refusal" ] || { cat "$here/refusal" >&2; exit 1; } ;;
    *" get deployment "*) cat "$here/deployment" ;;
    *" get pods "*) cat "$here/pods" ;;
esac
`;

function deployment(image: string, status: object) {
    const containers = [
        { name: "side", image: "x" },
        { name: "website", image },
    ];
    return {
        metadata: { generation: 2 },
        spec: { replicas: 1, selector: { matchLabels: { app: "website" } }, template: { spec: { containers } } },
        status,
    };
}
const rolledOut = { observedGeneration: 2, replicas: 1, updatedReplicas: 1, availableReplicas: 1 };
const waiting = { observedGeneration: 2, replicas: 2, updatedReplicas: 1, availableReplicas: 1 };

for (const shell of ["dash", "bash"]) {
    describe(`deploy script in ${shell}`, function () {
        this.timeout(30_000);
        let vault: HttpStub;
        let directory: string;
        const put = (name: string, value: unknown) =>
            writeFileSync(join(directory, "bin", name), typeof value === "string" ? value : JSON.stringify(value));
        const calls = () =>
            readFileSync(join(directory, "bin", "calls"), "utf8")
                .trim()
                .split("\n");

        beforeEach(async () => {
            directory = mkdtempSync(join(tmpdir(), "deploy-"));
            putProgram(join(directory, "bin"), "kubectl", kubectl);
            put("deployment", deployment("acme/website:0123abcd", rolledOut));
            put("pods", { items: [] });
            writeFileSync(join(directory, "token"), `${jwt("system:serviceaccount:woodpecker:woodpecker-deployer")}\n`);
            vault = (await HttpStub.start())
                .on(login, { status: 200, body: { auth: { client_token: vaultToken } } })
                .on(mint, { status: 200, body: { data: { service_account_token: kubernetesToken } } })
                .on(revoke, { status: 204 });
        });
        afterEach(async () => {
            await vault.stop();
            rmSync(directory, { recursive: true });
        });

        const run = (env: Record<string, string> = {}) =>
            runScript("stdin", [shell as string, "-e"], deployScript, {
                PATH: `${directory}/bin:${process.env.PATH}`,
                TMPDIR: directory,
                SERVICEACCOUNT_DIR: directory,
                KUBERNETES_SERVICE_HOST: "10.0.0.1",
                KUBERNETES_SERVICE_PORT: "6443",
                APP: "website",
                IMAGE_TAG: "0123abcd",
                DEPLOYMENTS: "website blog website acme/website\n",
                VAULT_ADDR: vault.url,
                VAULT_ROLE: "woodpecker-deployer",
                VAULT_AUTH_MOUNT: "kubernetes",
                VAULT_SECRETS_MOUNT: "kubernetes",
                DEPLOY_ROLE: "website-deployer",
                DEPLOY_SERVICE_ACCOUNT: "woodpecker-deployer",
                POLL_SECONDS: "0.05",
                ...env,
            });

        it("logs in, mints a token for the namespace, sets the image, waits, and gives the token back", async () => {
            const { code, output } = await run();
            expect(output).to.contain("deployed: website 0123abcd").and.not.contain("recognisable");
            expect(code).to.equal(0);
            expect(vault.requests.map((r) => `${r.method} ${r.path}`)).to.deep.equal([login, mint, revoke]);
            expect(JSON.parse(vault.asked(login)[0]?.body ?? "")).to.include({ role: "woodpecker-deployer" });
            expect(JSON.parse(vault.asked(mint)[0]?.body ?? "")).to.include({ kubernetes_namespace: "website" });
            expect(vault.asked(revoke)[0]?.headers).to.include({ "x-vault-token": vaultToken });
            expect(calls()[0]).to.match(/ set image deployment\/blog website=acme\/website:0123abcd$/);
        });

        it("puts no credential on a command line and leaves no file behind", async () => {
            await run();
            expect(calls().join("\n")).to.not.contain("recognisable");
            expect(readdirSync(directory).sort()).to.deep.equal(["bin", "token"]);
        });

        const overdue = [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }];

        it("goes back from a rollout that failed, though its verdict still stands at the first look", async () => {
            put("deployment", deployment("acme/website:0123abcd", { ...waiting, conditions: overdue }));
            put("after", deployment("acme/website:0123abcd", { ...rolledOut, conditions: overdue }));
            putProgram(
                join(directory, "bin"),
                "kubectl",
                kubectl.replace(
                    'cat "$here/deployment"',
                    'cat "$here/deployment"; mv "$here/after" "$here/deployment" 2> /dev/null || true',
                ),
            );
            const { code, output } = await run();
            expect(output).to.contain("website/blog: stuck").and.contain("deployed: website 0123abcd");
            expect(code).to.equal(0);
        });

        it("gives up on a rollout that stays stuck, long before its time is over", async () => {
            put("deployment", deployment("acme/website:0123abcd", { ...waiting, conditions: overdue }));
            const { code, output } = await run({ PULL_SECONDS: "1" });
            expect(output).to.contain("did not roll out acme/website:0123abcd within 300 seconds (stuck)");
            expect(code).to.equal(1);
        });

        it("mints one token a namespace, however many Deployments there are", async () => {
            const { code } = await run({
                DEPLOYMENTS:
                    "website blog website acme/website\nwebsite poller website acme/website\npreview blog website acme/website\n",
            });
            expect(code).to.equal(0);
            expect(vault.asked(mint).map((r) => JSON.parse(r.body).kubernetes_namespace)).to.deep.equal([
                "website",
                "preview",
            ]);
            expect(calls().filter((call) => call.includes(" set image "))).to.have.lengthOf(3);
        });

        it("goes on after Vault stumbled", async () => {
            vault.on(
                login,
                { status: 503, body: { errors: ["no leader"] } },
                { status: 200, body: { auth: { client_token: vaultToken } } },
            );
            expect((await run()).code).to.equal(0);
        });

        interface Failure {
            readonly name: string;
            readonly given?: () => unknown;
            readonly env?: Record<string, string>;
            readonly says: RegExp;
        }
        const failures: Failure[] = [
            {
                name: "the agent ignored the ServiceAccount",
                given: () => writeFileSync(join(directory, "token"), jwt("system:serviceaccount:woodpecker:default")),
                says: /runs as "system:serviceaccount:woodpecker:default"[\s\S]*WOODPECKER_BACKEND_K8S_SERVICE_ACCOUNT_NAME_ALLOW_FROM_STEP=true/,
            },
            {
                name: "no token is mounted",
                given: () => rmSync(join(directory, "token")),
                says: /no ServiceAccount token in/,
            },
            { name: "it does not run in a pod", env: { KUBERNETES_SERVICE_HOST: "" }, says: /does not run in a pod/ },
            {
                name: "the tag has seven characters",
                env: { IMAGE_TAG: "0123abc" },
                says: /IMAGE_TAG "0123abc" is not 8/,
            },
            { name: "the tag is a command", env: { IMAGE_TAG: "$(id)abc" }, says: /IMAGE_TAG "\$\(id\)abc" is not 8/ },
            {
                name: "the Vault role is missing",
                given: () =>
                    vault.on(login, { status: 400, body: { errors: ['invalid role name "woodpecker-deployer"'] } }),
                says: /Vault has no role woodpecker-deployer[\s\S]*pulumi up/,
            },
            {
                name: "Vault refuses the ServiceAccount",
                given: () => vault.on(login, { status: 403, body: { errors: ["permission denied"] } }),
                says: /refuses ServiceAccount system:serviceaccount:woodpecker:woodpecker-deployer[\s\S]*audience/,
            },
            ...[page, { status: 200, body: "" }, { status: 200, body: { data: {} } }].map((answer) => ({
                name: `the login is answered by ${JSON.stringify(answer.body)}`,
                given: () => vault.on(login, answer),
                says: /^error: http:\S+ answers 200 to the login with something that is not Vault's JSON/m,
            })),
            ...[page, { status: 200, body: "" }, { status: 200, body: { auth: {} } }].map((answer) => ({
                name: `the wish for a token is answered by ${JSON.stringify(answer.body)}`,
                given: () => vault.on(mint, answer),
                says: /^error: http:\S+ answers 200 to kubernetes\/creds\/website-deployer with something that is not Vault's JSON/m,
            })),
            {
                name: "the policy lacks this application",
                given: () => vault.on(mint, { status: 403, body: { errors: ["1 error occurred: permission denied"] } }),
                says: /does not give kubernetes\/creds\/website-deployer for namespace website. 403: .*permission denied[\s\S]*pulumi up/,
            },
            {
                name: "the Deployment does not exist",
                given: () => put("refusal", 'Error from server (NotFound): deployments.apps "blog" not found'),
                says: /NotFound[\s\S]*cannot set the image of container website of Deployment website\/blog/,
            },
            {
                name: "the tag does not exist",
                given: () => {
                    put("deployment", deployment("acme/website:0123abcd", waiting));
                    const state = { waiting: { reason: "ErrImagePull", message: "manifest unknown" } };
                    put("pods", {
                        items: [
                            {
                                metadata: { name: "blog-1" },
                                spec: { containers: [{ image: "acme/website:0123abcd" }] },
                                status: { containerStatuses: [{ state }] },
                            },
                        ],
                    });
                },
                env: { PULL_SECONDS: "0" },
                says: /pod blog-1: ErrImagePull: manifest unknown[\s\S]*acme\/website:0123abcd cannot be pulled/,
            },
            {
                name: "the rollout takes too long",
                given: () => put("deployment", deployment("acme/website:0123abcd", waiting)),
                env: { ROLLOUT_SECONDS: "1" },
                says: /did not roll out acme\/website:0123abcd within 1 seconds \(waiting: old pods are ending\)[\s\S]*rollout undo/,
            },
            {
                name: "somebody put another image there meanwhile",
                given: () => put("deployment", deployment("acme/website:ffffffff", rolledOut)),
                says: /has the image acme\/website:ffffffff: somebody else owns it/,
            },
        ];
        for (const { name, given, env, says } of failures) {
            it(`fails and says why when ${name}`, async () => {
                given?.();
                const { code, output } = await run(env);
                expect(output)
                    .to.match(says)
                    .and.match(/next: /)
                    .and.not.match(/recognisable|parse error|jq: /);
                expect(code).to.equal(1);
                const loggedIn = vault.asked(mint).length > 0;
                expect(vault.asked(revoke)).to.have.lengthOf(loggedIn ? 1 : 0);
            });
        }

        it("ends well when only the revocation fails, and says so", async () => {
            vault.on(revoke, { status: 403, body: { errors: ["permission denied"] } });
            const { code, output } = await run();
            expect(output).to.contain("the Vault token was not revoked");
            expect(code).to.equal(0);
        });

        it("says so when Vault does not answer at all", async () => {
            vault.on(login, hangUp);
            const { code, output } = await run();
            expect(output).to.match(/Vault does not answer[\s\S]*unsealed/);
            expect(code).to.equal(1);
        });
    });
}
