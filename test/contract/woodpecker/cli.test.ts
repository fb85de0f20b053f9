import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { appDocuments } from "../../../components/app/documents.js";
import { parseSettings } from "../../../config/parse.js";
import { sandboxPrograms } from "../../support/programs.js";
import { rawApp, settingsOf, stackConfig } from "../../support/settings.js";
import { commit, type Start } from "../../support/triggers.js";
import { appTable, builtAppTable } from "./appTables.js";
import { infraRepository, infraTable } from "./infraTable.js";

interface File {
    readonly path: string;
    readonly content: string;
}

interface Answer {
    readonly code: number;
    readonly text: string;
}

/** Whether the command line would take white space off a variable, which the server does not. */
const isTrimmed = ({ variables = {} }: Start) => Object.values(variables).some((value) => value !== value.trim());

/** As README.md asks the server to be told. */
const privileged = "woodpeckerci/plugin-docker-buildx";

/** Woodpecker's own command line on every generated file, where it is installed. */
describe("generated files, by woodpecker-cli", function () {
    this.timeout(30_000);
    let program: string;
    let directory: string;
    before(function () {
        const programs = sandboxPrograms("woodpecker-cli");
        if (programs === undefined) return this.skip(); // it is not on this machine
        program = join(programs, "woodpecker-cli");
        directory = mkdtempSync(join(tmpdir(), "woodpecker-cli-"));
        mkdirSync(join(directory, "nothing"));
    });
    after(() => directory && rmSync(directory, { recursive: true, force: true }));

    const run = (...args: string[]): Promise<Answer> =>
        new Promise((resolve) => {
            // Without a PATH no step finds a program: what a file would do is not done here.
            const options = {
                cwd: directory,
                env: { HOME: directory, PATH: join(directory, "nothing"), WOODPECKER_DISABLE_UPDATE_CHECK: "true" },
            };
            execFile(program, args, options, (error, stdout, stderr) => {
                resolve({ code: error === null ? 0 : Number(error.code), text: stdout + stderr });
            });
        });

    for (const stack of ["sandbox", "prod"]) {
        it(`lints every file of stack ${stack}, and warns of nothing`, async () => {
            const { delivery } = parseSettings(stackConfig(stack));
            if (!delivery) throw new Error("no applications");
            for (const app of delivery.apps) {
                const place = write(appDocuments(app, { delivery, slack: true }), `${stack}-${app.name}`);
                const { code, text } = await run("lint", "--strict", "--plugins-privileged", privileged, place);
                expect(code, `${app.name}: ${text}`).to.equal(0);
            }
        });
    }

    it("lints every file of the infra repository, and warns of nothing", async () => {
        const place = write(infraRepository().files, "infra");
        const { code, text } = await run("lint", "--strict", "--plugins-privileged", privileged, place);
        expect(code, text).to.equal(0);
        expect(text.match(/Config is valid/g)).to.have.length(13);
    });

    const appFiles = (build: string): File[] => {
        const { delivery } = settingsOf({ website: rawApp({ build }) });
        return delivery.apps.flatMap((app) => appDocuments(app, { delivery, slack: true }));
    };
    const tables = {
        "an application": { files: () => appFiles("github-actions"), table: appTable },
        "an application built on Woodpecker": { files: () => appFiles("woodpecker"), table: builtAppTable },
        "the infra repository": { files: () => [...infraRepository().files], table: infraTable },
    };
    for (const [what, { files, table }] of Object.entries(tables)) {
        describe(`exec, of ${what}`, () => {
            for (const [name, start, expected] of table.filter(([, start]) => !isTrimmed(start))) {
                it(`${name} runs ${expected.join(" and ") || "nothing"}`, async () => {
                    expect(await executed(files(), start)).to.have.members([...expected]);
                });
            }
        });
    }

    /** The workflows that this start runs. */
    async function executed(files: readonly File[], { event, branch = "main", ...start }: Start): Promise<string[]> {
        const {
            CI_PIPELINE_DEPLOY_TARGET: target = "",
            CI_COMMIT_MESSAGE: message = "",
            ...variables
        } = {
            ...start.variables,
        };
        const place = write(files, "executed");
        const names = files.flatMap(({ content }) => [...content.matchAll(/from_secret: (\S+)/g)].map(([, n]) => n));
        const secrets = join(directory, "secrets.json");
        writeFileSync(secrets, JSON.stringify(Object.fromEntries(names.map((secret) => [secret, "x"]))));
        const metadata = join(directory, "metadata.json");
        const change = {
            sha: commit,
            ref: `refs/heads/${branch}`,
            branch,
            message,
            changed_files: start.changed ?? [],
        };
        const current = { event, target, cron: start.cron ?? "", commit: change };
        writeFileSync(metadata, JSON.stringify({ curr: current }));
        const { text } = await run(
            ...["exec", "--backend-engine", "local", "--repo-path", join(directory, "nothing")],
            ...["--plugins-privileged", privileged, "--secrets-file", secrets, "--metadata-file", metadata],
            ...Object.entries(variables).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
            place,
        );
        const ran = [...text.matchAll(/^# (\S+)$/gm)].map(([, name]) => name ?? "");
        if (ran.length === 0) expect(text).to.contain("all filtered out");
        return ran;
    }

    /** @returns the directory of the workflows */
    function write(files: readonly File[], name: string): string {
        const place = join(directory, name, ".woodpecker");
        rmSync(place, { recursive: true, force: true });
        mkdirSync(place, { recursive: true });
        for (const { path, content } of files) {
            if (path.startsWith(".woodpecker/")) writeFileSync(join(place, path.replace(".woodpecker/", "")), content);
        }
        return place;
    }
});
