import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { infraScripts, remoteScripts } from "../../../../components/infra/scripts.js";
import { HttpStub } from "../../../support/httpStub.js";
import { putProgram, runScript } from "../../../support/shell.js";

const login = "POST /v1/auth/kubernetes/login";
const revoke = "POST /v1/auth/token/revoke-self";

/** A directory to run scripts in, with stand-ins for programs that remember how they were called. */
class Workplace {
    readonly directory = mkdtempSync(join(tmpdir(), "infra-"));
    readonly work = join(this.directory, "work");

    constructor() {
        mkdirSync(join(this.directory, "bin"));
        mkdirSync(this.work);
        mkdirSync(join(this.directory, "temporary"));
        writeFileSync(join(this.directory, "token"), "header.payload.signature\n");
    }

    /** @param answer shell text; its exit code is the program's */
    program(name: string, answer = ""): void {
        const log = `printf '%s\\n' "${name} $*" >> '${this.directory}/calls'\n`;
        putProgram(join(this.directory, "bin"), name, `#!/bin/sh\n${log}${answer}\n`);
    }

    put(path: string, text: string, executable = false): void {
        const file = join(this.work, path);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, text, { mode: executable ? 0o755 : 0o644 });
    }

    read(path: string): string {
        return readFileSync(join(this.work, path), "utf8");
    }

    git(...args: string[]): string {
        const identity = ["-c", "user.name=test", "-c", "user.email=test@example.org"];
        return execFileSync("git", [...identity, ...args], { cwd: this.work, encoding: "utf8", stdio: "pipe" });
    }

    calls(): string[] {
        const text = execFileSync("sh", ["-c", `cat '${this.directory}/calls' 2> /dev/null || true`]).toString();
        return text.split("\n").filter((line) => line !== "");
    }

    /** What a step leaves behind outside of its workspace. */
    leftovers(): string[] {
        return readdirSync(join(this.directory, "temporary"));
    }

    run(shell: string, script: string, env: Record<string, string>) {
        return runScript("stdin", [shell, "-e"], `cd '${this.work}'\n${script}`, {
            PATH: `${this.directory}/bin:${process.env.PATH}`,
            TMPDIR: join(this.directory, "temporary"),
            SERVICEACCOUNT_DIR: this.directory,
            GIT_CONFIG_GLOBAL: "/dev/null",
            ...env,
        });
    }

    remove(): void {
        rmSync(this.directory, { recursive: true });
    }
}

for (const shell of ["dash", "bash"]) {
    describe(`infra scripts in ${shell}`, function () {
        this.timeout(60_000);
        let place: Workplace;
        let server: HttpStub;
        beforeEach(async () => {
            place = new Workplace();
            server = (await HttpStub.start())
                .on(login, { status: 200, body: { auth: { client_token: "hvs.recognisable" } } })
                .on(revoke, { status: 204 });
        });
        afterEach(async () => {
            await server.stop();
            place.remove();
        });
        const vault = () => ({ VAULT_ADDR: server.url, VAULT_ROLE: "ci", VAULT_AUTH_MOUNT: "kubernetes" });

        describe("default", () => {
            beforeEach(() => {
                place.git("init", "--quiet", "--initial-branch", "main");
                for (const stack of ["vault", "platform", "dns", "blog"])
                    place.put(`stacks/${stack}/terragrunt.hcl`, "");
                place.put("modules/x.tf", "");
                place.git("add", "--all");
                place.git("commit", "--quiet", "--message", "one");
                place.program(
                    "terragrunt",
                    'stack=$(basename "$PWD"); echo "$stack" >> ../../../applied; [ "$stack" != "$BROKEN" ] || { echo "state is locked by ada"; exit 1; }',
                );
            });
            const push = (...paths: string[]) => {
                for (const path of paths) place.put(path, `${Math.random()}`);
                place.git("add", "--all");
                place.git("commit", "--quiet", "--message", "two");
            };
            const run = (env: Record<string, string> = {}) =>
                place.run(shell, infraScripts.default, {
                    STACKS_DIRECTORY: "stacks",
                    PLATFORM_STACKS: "vault platform",
                    SKIPPED_STACKS: "vault",
                    GLOBAL_PATHS: "modules/\nconfig.tfvars",
                    STATE_PATHS: "",
                    BRANCH: "main",
                    BROKEN: "",
                    ...vault(),
                    ...env,
                });
            const applied = () =>
                place.calls().length === 0
                    ? []
                    : readFileSync(join(place.directory, "applied"), "utf8").trim().split("\n");

            it("applies what changed, platform first, one after the other, and gives the Vault token back", async () => {
                push("stacks/blog/main.tf", "stacks/platform/main.tf", "docs/x.md");
                const { code, output } = await run();
                expect(output).to.contain("== platform").and.not.contain("recognisable");
                expect(code).to.equal(0);
                expect(applied()).to.deep.equal(["platform", "blog"]);
                expect(server.asked(revoke)).to.have.lengthOf(1);
                expect(place.leftovers()).to.deep.equal([]);
            });

            it("applies every platform stack but the left out ones when what they share changed", async () => {
                push("modules/x.tf");
                const { output } = await run();
                expect(output).to.contain("== vault: not applied by this pipeline");
                expect(applied()).to.deep.equal(["platform"]);
            });

            it("goes on after a failure, and fails in the end", async () => {
                push("stacks/platform/main.tf", "stacks/blog/main.tf");
                const { code, output } = await run({ BROKEN: "platform" });
                expect(applied()).to.deep.equal(["platform", "blog"]);
                expect(output)
                    .to.contain("state is locked by ada")
                    .and.match(/not applied: platform/);
                expect(code).to.equal(1);
            });

            it("looks at every commit of a push, and never at the reverse of a later one", async () => {
                const first = place.git("rev-parse", "HEAD").trim();
                push("stacks/dns/main.tf");
                push("stacks/blog/main.tf");
                await run({ CI_PREV_COMMIT_SHA: first });
                expect(applied()).to.deep.equal(["blog", "dns"]);
                const last = place.git("rev-parse", "HEAD").trim();
                place.git("checkout", "--quiet", "HEAD~1");
                await run({ CI_PREV_COMMIT_SHA: last });
                expect(applied().slice(2)).to.deep.equal(["dns"]);
            });

            it("fails where nobody can say what changed", async () => {
                push("stacks/blog/main.tf");
                const { code, output } = await run({ CI_PREV_COMMIT_SHA: "0123456789012345678901234567890123456789" });
                expect(output).to.match(/is not in the clone/);
                expect(code).to.equal(1);
            });

            it("brings the state back to the branch, after what others pushed meanwhile", async () => {
                const origin = join(place.directory, "origin.git");
                execFileSync("git", ["clone", "--quiet", "--bare", place.work, origin]);
                push("stacks/blog/main.tf");
                place.git("push", "--quiet", origin, "HEAD:main");
                const other = join(place.directory, "other");
                execFileSync("git", ["clone", "--quiet", origin, other]);
                writeFileSync(join(other, "else"), "");
                execFileSync("git", ["-C", other, "add", "."]);
                const identity = ["-c", "user.name=o", "-c", "user.email=o@example.org"];
                execFileSync("git", ["-C", other, ...identity, "commit", "--quiet", "-m", "else"]);
                execFileSync("git", ["-C", other, "push", "--quiet"]);
                place.program("terragrunt", "mkdir -p ../../state; echo new > ../../state/blog.tfstate");
                const { code, output } = await run({
                    STATE_PATHS: "state",
                    PUSH_URL: origin,
                    PUSH_KEY: "key",
                    PUSH_HOST_KEYS: "host ssh-ed25519 AAAA",
                    GIT_AUTHOR_NAME: "pipeline",
                    GIT_AUTHOR_EMAIL: "pipeline@example.org",
                });
                expect(output).to.contain("pushed: State of blog");
                expect(code).to.equal(0);
                const log = execFileSync("git", ["-C", origin, "log", "--format=%s", "main"]).toString().split("\n");
                expect(log[0]).to.match(/^State of blog .*\[CI SKIP\]$/);
                expect(log[1]).to.equal("else");
            });
        });

        describe("registry-config-sync on the VM", () => {
            const variables =
                "root='.' compose='docker-compose.yml' nginx='nginx.conf' service='nginx' config='/etc/nginx/nginx.conf' check=''\n";
            const run = (action: string) =>
                place.run(shell, `action=${action} ${variables}${remoteScripts.registryVm}`, {});
            beforeEach(() => {
                place.put("docker-compose.yml", "services: {}\n");
                place.put("nginx.conf", "old\n");
                place.put("config-private.yml", "same\n");
                place.put(".incoming/docker-compose.yml", "services: {}\n");
                place.put(".incoming/nginx.conf", "new\n");
                place.put(".incoming/config-private.yml", "same\n");
                place.put(
                    ".incoming/.plan",
                    "docker-compose.yml -\nnginx.conf nginx\nconfig-private.yml registry-private\n",
                );
                place.program("docker");
            });

            it("checks, puts in place and restarts what changed, and nothing else", async () => {
                expect((await run("install")).code).to.equal(0);
                expect(place.read("nginx.conf")).to.equal("new\n");
                const calls = place.calls();
                expect(calls.some((call) => / run .* nginx -t$/.test(call))).to.equal(true);
                expect(calls.at(-1)).to.match(/restart nginx$/);
                expect(calls.join("\n")).to.not.match(/ up |restart registry-private/);
            });

            it("touches nothing when nginx refuses its configuration", async () => {
                place.program("docker", 'case "$*" in *" nginx -t"*) echo "unknown directive" >&2; exit 1 ;; esac');
                const { code, output } = await run("install");
                expect(code).to.not.equal(0);
                expect(output).to.contain("unknown directive");
                expect(place.read("nginx.conf")).to.equal("old\n");
                expect(place.calls().join("\n")).to.not.contain("restart");
            });

            it("goes back to what was there", async () => {
                await run("install");
                expect((await run("back")).code).to.equal(0);
                expect(place.read("nginx.conf")).to.equal("old\n");
                expect(place.calls().at(-1)).to.match(/restart nginx$/);
            });

            it("does nothing the second time", async () => {
                await run("install");
                const before = place.calls().length;
                const { output } = await run("install");
                expect(output).to.contain("every file is as it should be");
                expect(place.calls()).to.have.lengthOf(before);
            });
        });

        describe("provision-user", () => {
            const users = "/v1/secret/data/platform";
            const env = () => ({
                USERNAME: "ada",
                EMAIL: "ada@example.org",
                USERS_PATH: "secret/data/platform",
                USERS_KEY: "k8s_users",
                AUTHENTIK_URL: server.url,
                AUTHENTIK_TOKEN_PATH: "secret/data/authentik",
                AUTHENTIK_TOKEN_KEY: "token",
                GROUP_PREFIX: "sops-",
                ...vault(),
            });
            const others = { bob: { role: "namespace-owner", email: "bob@example.org", namespaces: ["bob"] } };
            beforeEach(() => {
                server
                    .on("GET /v1/secret/data/authentik", {
                        status: 200,
                        body: { data: { data: { token: "authentik-recognisable" } } },
                    })
                    .on(`GET ${users}`, {
                        status: 200,
                        body: {
                            data: {
                                data: { k8s_users: JSON.stringify(others), other: "kept" },
                                metadata: { version: 7 },
                            },
                        },
                    })
                    .on(`POST ${users}`, { status: 200, body: {} })
                    .on("GET /api/v3/core/groups/", { status: 200, body: { results: [] } })
                    .on("POST /api/v3/core/groups/", { status: 201, body: {} });
            });
            const run = (changes: Record<string, string> = {}) =>
                place.run(shell, infraScripts["provision-user"], { ...env(), ...changes });

            it("adds the user beside the others, if nobody else writes meanwhile, and makes the group", async () => {
                const { code, output } = await run();
                expect(output).to.contain("the group sops-ada is made").and.not.contain("recognisable");
                expect(code).to.equal(0);
                const written = JSON.parse(server.asked(`POST ${users}`)[0]?.body ?? "");
                expect(written.options).to.deep.equal({ cas: 7 });
                expect(written.data.other).to.equal("kept");
                expect(JSON.parse(written.data.k8s_users)).to.deep.equal({
                    ...others,
                    ada: { role: "namespace-owner", email: "ada@example.org", namespaces: ["ada"] },
                });
                expect(server.asked("POST /api/v3/core/groups/")[0]?.headers).to.include({
                    authorization: "Bearer authentik-recognisable",
                });
                expect(place.leftovers()).to.deep.equal([]);
                expect(server.asked(revoke)).to.have.lengthOf(1);
            });

            it("does nothing for a user who is there", async () => {
                const { code } = await run({ USERNAME: "bob", EMAIL: "bob@example.org" });
                expect(code).to.equal(0);
                expect(server.asked(`POST ${users}`)).to.deep.equal([]);
            });

            for (const [what, changes, says] of [
                ["a name with a command in it", { USERNAME: "ada;id" }, /USERNAME is not/],
                ["a name of two lines", { USERNAME: "ada\nbob" }, /USERNAME is not/],
                ["an address of two lines", { EMAIL: "ada@example.org\nbob@example.org" }, /EMAIL is not/],
                ["an address that is none", { EMAIL: "ada" }, /EMAIL is not/],
                ["a name that is taken", { USERNAME: "bob" }, /bob is in .* already with another address/],
            ] as const) {
                it(`refuses ${what}`, async () => {
                    const { code, output } = await run(changes);
                    expect(output).to.match(says);
                    expect(code).to.equal(1);
                    expect(server.asked(`POST ${users}`)).to.deep.equal([]);
                });
            }
        });

        describe("issue-automation", () => {
            const env = () => ({
                ISSUE_NUMBER: "17",
                ISSUE_TITLE: `"; touch ${place.work}/broken; $(touch ${place.work}/broken)`,
                AGENT_URL: server.url,
                AGENT: "responder",
                AGENT_TOKEN_PATH: "secret/data/agent",
                AGENT_TOKEN_KEY: "token",
                POLLS: "3",
                POLL_SECONDS: "0",
                ...vault(),
            });
            beforeEach(() => {
                server
                    .on("GET /v1/secret/data/agent", {
                        status: 200,
                        body: { data: { data: { token: "agent-secret" } } },
                    })
                    .on("POST /execute", { status: 202, body: { job_id: "job-1" } })
                    .on(
                        "GET /jobs/job-1",
                        { status: 200, body: { status: "running" } },
                        { status: 200, body: { status: "completed" } },
                    );
            });
            const run = () => place.run(shell, infraScripts["issue-automation"], env());

            it("hands the issue over as data, and waits until the agent is done", async () => {
                const { code, output } = await run();
                expect(output).to.contain("done: issue 17").and.not.contain("agent-secret");
                expect(code).to.equal(0);
                expect(readdirSync(place.work)).to.deep.equal([]);
                const { prompt, agent } = JSON.parse(server.asked("POST /execute")[0]?.body ?? "");
                expect(agent).to.equal("responder");
                expect(JSON.parse(prompt.split("\n")[1]).ISSUE_TITLE).to.equal(env().ISSUE_TITLE);
            });

            for (const [what, answer, says] of [
                ["fails", { status: 200, body: { status: "failed", error: "no budget" } }, /job-1 failed: no budget/],
                ["does not end", { status: 200, body: { status: "running" } }, /did not end within 3 polls/],
            ] as const) {
                it(`fails when the job ${what}`, async () => {
                    server.on("GET /jobs/job-1", answer);
                    const { code, output } = await run();
                    expect(output).to.match(says);
                    expect(code).to.equal(1);
                });
            }
        });

        describe("drift-detection without the drift program", () => {
            const run = (code: string) => {
                place.program("npm");
                place.program("pulumi", `exit ${code}`);
                return place.run(shell, infraScripts["drift-detection"], {
                    PROGRAM_DIRECTORY: ".",
                    STACKS: "prod",
                    PUSHGATEWAY_URL: server.url,
                    ...vault(),
                });
            };
            for (const [code, ends, state] of [
                ["0", 0, 0],
                ["7", 7, 1],
                ["1", 1, 2],
                ["137", 1, 2],
            ] as const) {
                it(`ends with ${ends} after a preview with code ${code}`, async () => {
                    server.on("PUT /metrics/job/drift-detection", { status: 202 });
                    const result = await run(code);
                    expect(result.code).to.equal(ends);
                    const [pushed] = server.asked("PUT /metrics/job/drift-detection");
                    expect(pushed?.body).to.contain(`drift_stack_state{stack="prod"} ${state}\n`);
                });
            }
            it("says so when the Pushgateway does not take the metrics", async () => {
                server.on("PUT /metrics/job/drift-detection", { status: 400, body: "bad" });
                const { code, output } = await run("0");
                expect(output).to.contain("the Pushgateway answers 400");
                expect(code).to.equal(1);
            });
        });
    });
}
