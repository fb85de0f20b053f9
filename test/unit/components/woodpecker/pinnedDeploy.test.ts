import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { editPins } from "../../../../cli/lib/pinEdit.js";
import { projectRoot } from "../../../../cli/lib/stack.js";
import { deployScript } from "../../../../components/woodpecker/scripts.js";
import { HttpStub } from "../../../support/httpStub.js";
import { putProgram, runScript } from "../../../support/shell.js";

const file = "/api/v3/repos/acme/infra/contents/stacks/Pulumi.prod.yaml";
const get = `GET ${file}`;
const put = `PUT ${file}`;
const secret = "GET /v1/secret/data/ci/pin";
const token = "recognisable-github-token";

/** A stand-in for kubectl: what `set image` sets is what `get deployment` has. */
const kubectl = `#!/bin/sh
here=$(dirname "$0")
printf '%s\\n' "$*" >> "$here/calls"
case "$*" in
    *" set image "*) printf '%s' "\${*##*website=}" > "$here/image" ;;
    *" get deployment "*) sed "s|IMAGE|$(cat "$here/image")|" "$here/deployment" ;;
esac
`;

const deployment = {
    metadata: { generation: 2 },
    spec: {
        replicas: 1,
        selector: { matchLabels: { app: "website" } },
        template: {
            spec: {
                containers: [
                    { name: "side", image: "x" },
                    { name: "website", image: "IMAGE" },
                ],
            },
        },
    },
    status: { observedGeneration: 2, replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
};

const stackFile = editPins(
    readFileSync(join(projectRoot, "Pulumi.sandbox.yaml"), "utf8"),
    new Map([
        ["website", "00000000"],
        ["shop", "11111111"],
    ]),
);
const asAnswer = (text: string) => ({
    status: 200,
    // The forge breaks its base64 into lines.
    body: { sha: "blob-1", content: Buffer.from(text).toString("base64").replace(/.{60}/g, "$&\n") },
});

for (const shell of ["dash", "bash"]) {
    describe(`deploy of a pinned application in ${shell}`, function () {
        this.timeout(60_000);
        let server: HttpStub;
        let directory: string;
        const path = (name: string) => join(directory, "bin", name);
        const calls = () => readFileSync(path("calls"), "utf8");

        beforeEach(async () => {
            directory = mkdtempSync(join(tmpdir(), "pinned-"));
            putProgram(join(directory, "bin"), "kubectl", kubectl);
            writeFileSync(path("deployment"), JSON.stringify(deployment));
            writeFileSync(path("image"), "acme/website:00000000");
            const claims = Buffer.from('{"sub":"system:serviceaccount:woodpecker:woodpecker-deployer"}');
            writeFileSync(join(directory, "token"), `e30.${claims.toString("base64url")}.x\n`);
            server = (await HttpStub.start())
                .on("POST /v1/auth/kubernetes/login", { status: 200, body: { auth: { client_token: "hvs.x" } } })
                .on("POST /v1/kubernetes/creds/website-deployer", {
                    status: 200,
                    body: { data: { service_account_token: "k" } },
                })
                .on("POST /v1/auth/token/revoke-self", { status: 204 })
                .on(secret, { status: 200, body: { data: { data: { token } } } })
                .on(get, asAnswer(stackFile))
                .on(put, { status: 200, body: {} });
        });
        afterEach(async () => {
            await server.stop();
            rmSync(directory, { recursive: true });
        });

        const run = (env: Record<string, string>) =>
            runScript("stdin", [shell as string, "-e"], deployScript, {
                PATH: `${directory}/bin:${process.env.PATH}`,
                TMPDIR: directory,
                SERVICEACCOUNT_DIR: directory,
                KUBERNETES_SERVICE_HOST: "10.0.0.1",
                KUBERNETES_SERVICE_PORT: "6443",
                APP: "website",
                IMAGE_TAG: "0123abcd",
                DEPLOYMENTS: "website blog website acme/website\n",
                VAULT_ADDR: server.url,
                VAULT_ROLE: "woodpecker-deployer",
                VAULT_AUTH_MOUNT: "kubernetes",
                VAULT_SECRETS_MOUNT: "kubernetes",
                DEPLOY_ROLE: "website-deployer",
                DEPLOY_SERVICE_ACCOUNT: "woodpecker-deployer",
                POLL_SECONDS: "0.05",
                PIN_API: `${server.url}/api/v3`,
                PIN_REPOSITORY: "acme/infra",
                PIN_BRANCH: "main",
                PIN_FILE: "stacks/Pulumi.prod.yaml",
                PIN_SECRET: "secret/data/ci/pin",
                PIN_KEY: "token",
                ...env,
            });
        const written = () => {
            const { content, ...rest } = JSON.parse(server.asked(put).at(-1)?.body ?? "{}");
            return { text: Buffer.from(content, "base64").toString("utf8"), ...rest };
        };

        it("is refused where only the stack config may roll, before anything is changed, with both ways on", async () => {
            const { code, output } = await run({ PINNED: "refuse" });
            expect(code).equal(1);
            expect(output)
                .contain("website is pinned by the stack config, and website/blog runs acme/website:00000000")
                .and.contain("cicd roll website 0123abcd")
                .and.contain("cicd roll website --unpin");
            expect(calls()).not.contain(" set image ");
            expect(server.asked("POST /v1/auth/token/revoke-self")).have.lengthOf(1);
        });

        it("is no change where the pinned tag runs already", async () => {
            const { code, output } = await run({ PINNED: "refuse", IMAGE_TAG: "00000000" });
            expect(output).contain("deployed: website 00000000");
            expect(code).equal(0);
        });

        it("is recorded: one commit that changes the pin and no other byte", async () => {
            const { code, output } = await run({ PINNED: "record" });
            expect(output).contain("recorded: stacks/Pulumi.prod.yaml of acme/infra pins website to 0123abcd");
            expect(output).not.contain("recognisable");
            expect(code).equal(0);
            const { text, ...commit } = written();
            expect(text).equal(editPins(stackFile, new Map([["website", "0123abcd"]])));
            expect(commit).deep.equal({
                message: "chore(release): pin website to 0123abcd [skip ci]",
                branch: "main",
                sha: "blob-1",
            });
            expect(server.asked(put)[0]?.headers.authorization).equal(`Bearer ${token}`);
            expect(readdirSync(directory).sort(), "no file is left").deep.equal(["bin", "token"]);
        });

        it("is recorded on top of what somebody else has committed meanwhile", async () => {
            const newer = stackFile.replace("11111111", "22222222");
            server.on(get, asAnswer(stackFile), asAnswer(newer));
            server.on(put, { status: 409, body: { message: "does not match" } }, { status: 200, body: {} });
            expect((await run({ PINNED: "record" })).code).equal(0);
            expect(parse(written().text).config["cicd:apps"].shop.sha).equal("22222222");
        });

        it("needs no commit where the file says so already", async () => {
            server.on(get, asAnswer(stackFile.replace('"00000000"', '"0123abcd"')));
            const { code, output } = await run({ PINNED: "record" });
            expect(output).contain("recorded already");
            expect(code).equal(0);
            expect(server.asked(put)).deep.equal([]);
        });

        // One jq program for both shells.
        const layouts = {
            "another indentation":
                "config:\n  cicd:apps:\n    shop:\n      sha: '33333333'\n    website: # here\n      # Pinned.\n      sha: 00000000 # by hand\n      images: [{sha: 1}]\n  x: {}\n",
            "DOS line breaks": 'config:\r\n  cicd:apps:\r\n    website:\r\n      sha: "00000000"\r\n',
            "no line break at its end":
                'config:\n  "cicd:apps":\n    website:\n      repository: a/b\n      sha: "00000000"',
            "a list without indentation before the pin":
                'config:\n  cicd:apps:\n    website:\n      images:\n      - name: a\n        sha: "44444444"\n      sha: "00000000"\n',
        };
        for (const [layout, text] of shell === "dash" ? Object.entries(layouts) : []) {
            it(`keeps a file with ${layout}`, async () => {
                server.on(get, asAnswer(text));
                const { output } = await run({ PINNED: "record" });
                expect(output).contain("recorded:");
                expect(written().text).equal(text.replace(/["']?00000000["']?/, '"0123abcd"'));
            });
        }

        for (const [why, given, says] of [
            [
                "there is no pin to move",
                () => server.on(get, asAnswer("config:\n  cicd:apps:\n    shop:\n      sha: '1'\n")),
                "it has no pin of website",
            ],
            [
                "the forge refuses",
                () => server.on(put, { status: 403, body: { message: "Resource not accessible" } }),
                "403 Resource not accessible",
            ],
            [
                "the forge answers with a page",
                () => server.on(get, { status: 200, body: "<html>recognisable page</html>" }),
                "/api/v3 answers 200 with something that is not a file in JSON",
            ],
            [
                "the forge answers with another kind of JSON",
                () => server.on(get, { status: 200, body: [{ name: "recognisable" }] }),
                "/api/v3 answers 200 with something that is not a file in JSON",
            ],
            [
                "Vault refuses the token",
                () => server.on(secret, { status: 403, body: {} }),
                "Vault does not give the token at secret/data/ci/pin",
            ],
        ] as const) {
            it(`fails when ${why}: deployed and not recorded is said loudly`, async () => {
                given();
                const { code, output } = await run({ PINNED: "record" });
                expect(code).equal(1);
                expect(output)
                    .contain("website 0123abcd is deployed, but not recorded in stacks/Pulumi.prod.yaml of acme/infra")
                    .and.contain(says)
                    .and.contain("cicd adopt-images website")
                    .and.not.contain("recognisable");
            });
        }
    });
}
