import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { parse, stringify } from "yaml";
import type { Diagnosis } from "../../../cli/doctor/diagnose.js";
import { run } from "../../../cli/lib/run.js";
import type { PipelineStatus } from "../../../cli/status/status.js";
import { blocksOf, commandsIn, documents, root } from "../../support/markdown.js";
import { demandSuccess, stack } from "../../support/stack.js";
import { ProdServers, type StackFile } from "../prod/servers.js";

const all = documents();

/** The one shell block of a document that begins with this command. */
function blockOf(path: string, begin: string) {
    const found = all.filter((each) => each.path === path).flatMap(blocksOf);
    const blocks = found.filter(({ language, text }) => language === "sh" && text.startsWith(begin));
    expect(blocks, `${path}: a block that begins with ${begin}`).to.have.lengthOf(1);
    return blocks[0] ?? { path, language: "sh", text: "" };
}

/** A line as somebody pastes it who says yes to every question. */
function paste(line: string, env: Readonly<Record<string, string>> = {}) {
    return run("bash", ["-c", line], { cwd: root, env: { PULUMI_SKIP_CONFIRMATIONS: "true", ...env } });
}

describe("somebody who has only the documentation", function () {
    this.timeout("6m");

    it("breaks something, has it named by doctor and by a preview, and mends it", async () => {
        await stack.select();
        demandSuccess(await stack.up("--refresh", "--run-program"));
        const block = blockOf("README.md", "kubectl -n website delete");
        const said: string[] = [];
        const wanted = [...block.text.matchAll(/^\S.*$/gm)].map(([line]) =>
            Number(/exit code (\d)/.exec(line)?.[1] ?? 0),
        );
        for (const [i, line] of commandsIn(block).entries()) {
            const { code, stdout, stderr } = await paste(line);
            expect(code, `${line}\n${stdout}${stderr}`).to.equal(wanted[i]);
            said.push(stdout);
        }
        expect(wanted).to.include.members([2, 7]);
        const [, doctor, preview] = said;
        expect(doctor).to.match(/^broken +vault-logins +cicd-deployer-website in website: no token/m);
        expect(doctor).to.match(/^ +mend: pulumi up --stack sandbox --refresh --run-program$/m);
        expect(preview, preview).to.match(/^ +\+ +\S+:ServiceAccount website-identity-website-account +create/m);
        const { stdout } = await paste("npm run -s cicd -- doctor --json");
        const { checks } = JSON.parse(stdout) as Diagnosis;
        expect(checks.find(({ check }) => check === "vault-logins")?.state).to.equal("ok");
    });

    it("sees the whole pipeline on one page", async () => {
        const { code, stdout, stderr } = await paste("npm run -s cicd -- status --json");
        expect([0, 1, 2], stderr).to.include(code);
        const { apps, unknown } = JSON.parse(stdout) as PipelineStatus;
        expect(apps.map(({ app }) => app)).to.have.members(["website", "shop", "travel-blog"]);
        expect(apps.flatMap(({ containers }) => containers.map(({ live }) => live))).to.satisfy((tags: unknown[]) =>
            tags.every((tag) => typeof tag === "string"),
        );
        expect(unknown).to.deep.equal([]);
    });

    it("is told only of commands that pulumi and kubectl have, with options they know", async () => {
        const lines = all
            .flatMap(blocksOf)
            .filter(({ language }) => language === "sh")
            .flatMap(commandsIn)
            .flatMap((line) => line.split(/\s*(?:\||&&|;)\s*/))
            .filter((line) => /^(pulumi|kubectl) /.test(line));
        expect(lines.length).to.be.above(15);
        for (const line of new Set(lines)) {
            const { stdout, code } = await paste(`${line.replace(/ (--|>) .*$/, "")} --help`);
            expect(code, line).to.equal(0);
            for (const [option] of line.matchAll(/(?<= )--[a-z][a-z-]*/g)) expect(stdout, line).to.include(option);
        }
    });

    it("writes a stack file for another cluster, previews it, and brings it up", async () => {
        const file = parse(readFileSync(join(root, "Pulumi.sandbox.yaml"), "utf8")) as StackFile;
        const samples = all.filter(({ path }) => path === "docs/new-cluster.md").flatMap(blocksOf);
        for (const { text } of samples.filter(({ language }) => language === "yaml")) {
            Object.assign(file.config, (parse(text) as StackFile).config);
        }
        delete file.config["cicd:adopt"];
        const servers = await ProdServers.start(file);
        try {
            const home = join(servers.env.HOME ?? "", "Pulumi.home.yaml");
            writeFileSync(home, stringify(file));
            const env = { ...servers.env, PULUMI_OPTION_CONFIG_FILE: home };
            const lines = commandsIn(blockOf("docs/new-cluster.md", "npm ci")).filter((line) =>
                line.startsWith("pulumi"),
            );
            expect(lines).to.have.lengthOf(3);
            for (const line of lines) {
                const { code, stdout, stderr } = await paste(line, env);
                expect(code, `${line}\n${stdout}${stderr}`).to.equal(0);
            }
        } finally {
            // `pulumi stack init` keeps the salt beside the program.
            rmSync(join(root, "Pulumi.home.yaml"), { force: true });
            await servers.stop();
        }
    });
});
