import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation";
import { expect } from "chai";
import { type Listening, listen } from "../../../sandbox/doubles/github/listen.js";
import { api, openedSecrets, ownerSeed } from "../../support/github.js";

const REPOSITORY = "/repos/acme/website";
const PLUGIN = "plugins/resource-github-v6.15.0";
const FILE = `${REPOSITORY}/contents/.github/workflows/build.yml`;
const content = "name: build\non: push\n";

/** The real engine and the real Terraform provider, behind the bridge, against a double of the test's own. */
describe("the GitHub plugin", function () {
    this.timeout(180_000);
    let double: Listening;
    let directory: string;
    let stack: Stack;

    const program = async () => {
        const provider = new github.Provider("github", {
            baseUrl: `${double.origin}/`,
            token: "ghp_admin",
            owner: "acme",
            writeDelayMs: 0,
        });
        const options = { provider };
        new github.RepositoryFile(
            "workflow",
            {
                repository: "website",
                branch: "main",
                file: ".github/workflows/build.yml",
                content,
                commitMessage: "Set",
            },
            options,
        );
        new github.ActionsSecret(
            "token",
            { repository: "website", secretName: "DOCKERHUB_TOKEN", value: pulumi.secret("planted-in-the-test") },
            options,
        );
        new github.ActionsVariable(
            "id",
            { repository: "website", variableName: "WOODPECKER_REPO_ID", value: "7" },
            options,
        );
        return { fullName: github.getRepositoryOutput({ fullName: "acme/website" }, options).fullName };
    };

    before(async () => {
        const installed = process.env.PULUMI_HOME;
        if (installed === undefined) {
            throw new Error('PULUMI_HOME is not set: npm run sandbox -- up; eval "$(npm run -s sandbox -- env)"');
        }
        directory = mkdtempSync(join(tmpdir(), "github-plugin-"));
        mkdirSync(join(directory, "home", PLUGIN), { recursive: true });
        mkdirSync(join(directory, "state"));
        // The program is linked, not its directory: the engine overlooks a plugin directory that is a link.
        const executable = join(PLUGIN, "pulumi-resource-github");
        symlinkSync(join(installed, executable), join(directory, "home", executable));
        double = await listen({ port: 0, seed: ownerSeed });
        stack = await LocalWorkspace.createOrSelectStack(
            { projectName: "github-plugin", stackName: "test", program },
            {
                workDir: directory,
                envVars: {
                    PULUMI_HOME: join(directory, "home"),
                    PULUMI_BACKEND_URL: `file://${join(directory, "state")}`,
                    PULUMI_CONFIG_PASSPHRASE: "test",
                    PULUMI_OPTION_CONFIG_FILE: join(directory, "Pulumi.test.yaml"),
                    PULUMI_SKIP_UPDATE_CHECK: "true",
                    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
                },
            },
        );
    });

    after(async () => {
        await double?.close();
        if (directory) rmSync(directory, { recursive: true, force: true });
    });

    /** What `pulumi preview --refresh --run-program --expect-no-changes` ends with. */
    async function audit(): Promise<{ readonly clean: boolean; readonly text: string }> {
        try {
            const { stdout } = await stack.preview({ refresh: true, runProgram: true, expectNoChanges: true });
            return { clean: true, text: stdout };
        } catch (error) {
            return { clean: false, text: String(error) };
        }
    }

    it("creates a file, a secret and a variable with what was declared", async () => {
        const { summary, outputs } = await stack.up();
        expect(summary.resourceChanges).to.deep.equal({ create: 5 });
        expect(outputs.fullName?.value).to.equal("acme/website");
        const file = await api(double, "GET", FILE);
        expect(Buffer.from(file.body.content as string, "base64").toString()).to.equal(content);
        expect((await api(double, "GET", `${REPOSITORY}/actions/variables/WOODPECKER_REPO_ID`)).body.value).to.equal(
            "7",
        );
        expect(await openedSecrets(double, "acme/website")).to.deep.equal({ DOCKERHUB_TOKEN: "planted-in-the-test" });
    });

    it("finds nothing to do afterwards, and keeps the secret and the token out of the state and its backups", async () => {
        expect((await audit()).clean).to.equal(true);
        const files = readdirSync(join(directory, "state"), { recursive: true, encoding: "utf8" })
            .map((name) => join(directory, "state", name))
            .filter((path) => statSync(path).isFile());
        expect(files).to.not.have.lengthOf(0);
        for (const file of files) {
            expect(readFileSync(file, "utf8"), file).to.not.match(/planted-in-the-test|ghp_admin/);
        }
    });

    it("names each thing changed behind its back and mends it", async () => {
        const { sha } = (await api(double, "GET", FILE)).body;
        const edited = Buffer.from("name: other\n").toString("base64");
        await api(double, "PUT", FILE, { message: "by hand", content: edited, sha, branch: "main" });
        await api(double, "PATCH", `${REPOSITORY}/actions/variables/WOODPECKER_REPO_ID`, { value: "8" });
        await api(double, "DELETE", `${REPOSITORY}/actions/secrets/DOCKERHUB_TOKEN`);

        const { clean, text } = await audit();
        expect(clean).to.equal(false);
        expect(text).to.match(/exit code 7\b/);
        for (const name of ["workflow", "token", "id"]) expect(text).to.match(new RegExp(`github:index.* ${name} `));

        await stack.up({ refresh: true });
        expect((await audit()).clean).to.equal(true);
        const file = await api(double, "GET", FILE);
        expect(Buffer.from(file.body.content as string, "base64").toString()).to.equal(content);
    });

    it("takes away what it made", async () => {
        await stack.destroy();
        expect((await api(double, "GET", FILE)).status).to.equal(404);
        expect(await openedSecrets(double, "acme/website")).to.deep.equal({});
    });

    it("asked for nothing that the double does not serve", async () => {
        const unhandled = await fetch(`${double.origin}/_sandbox/unhandled`);
        expect(await unhandled.json()).to.deep.equal([]);
    });
});
