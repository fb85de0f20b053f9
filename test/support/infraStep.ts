import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { HttpStub } from "./httpStub.js";
import { putProgram, runScript, type ShellResult } from "./shell.js";

export const login = "POST /v1/auth/kubernetes/login";
export const revoke = "POST /v1/auth/token/revoke-self";

/** The real one, for a stand-in that only fails at times. */
export const git = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();

/** How a step brings something back to branch main of `place.origin`. */
export function pushAccess(place: Workplace): Readonly<Record<string, string>> {
    return {
        BRANCH: "main",
        PUSH_URL: place.origin,
        PUSH_KEY: "key",
        PUSH_HOST_KEYS: "host ssh-ed25519 AAAA",
        GIT_AUTHOR_NAME: "pipeline",
        GIT_AUTHOR_EMAIL: "pipeline@example.org",
    };
}

/** A workspace to run scripts in, with stand-ins for programs that remember how they were called. */
export class Workplace {
    readonly directory = mkdtempSync(join(tmpdir(), "infra-"));
    /** The checked-out repository. */
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

    /** A repository of its own with everything that was put. */
    commit(message: string): void {
        if (!existsSync(join(this.work, ".git"))) this.git("init", "--quiet", "--initial-branch", "main");
        this.git("add", "--all");
        this.git("commit", "--quiet", "--message", message);
    }

    /** A bare repository that the step pushes to. */
    get origin(): string {
        return join(this.directory, "origin.git");
    }

    /** Makes it from what was committed. */
    cloneOrigin(): void {
        execFileSync("git", ["clone", "--quiet", "--bare", this.work, this.origin]);
    }

    inOrigin(...args: string[]): string {
        return execFileSync("git", ["-C", this.origin, ...args]).toString();
    }

    calls(): string[] {
        const file = join(this.directory, "calls");
        return existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
    }

    /** What a step leaves behind outside of its workspace. */
    leftovers(): string[] {
        return readdirSync(join(this.directory, "temporary"));
    }

    /** Runs it as a Woodpecker step: one script on standard input of the shell. */
    run(shell: string, script: string, env: Readonly<Record<string, string>>): Promise<ShellResult> {
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

/** One run of a step: its workspace, and a Vault (or whatever else speaks HTTP) that answers what the test says. */
export interface Step {
    readonly place: Workplace;
    readonly server: HttpStub;
    run(script: string, env: Readonly<Record<string, string>>): Promise<ShellResult>;
    /** How the step logs in to `server`. */
    vault(): Readonly<Record<string, string>>;
}

/**
 * The tests of one step; each test gets a workspace of its own.
 *
 * @param shells what an image may have as `/bin/sh`
 */
export function describeStep(name: string, tests: (step: Step) => void, shells = ["dash", "bash"]): void {
    for (const shell of shells) {
        describe(`the infra step ${name} in ${shell}`, function () {
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
            tests({
                get place() {
                    return place;
                },
                get server() {
                    return server;
                },
                run: (script, env) => place.run(shell, script, env),
                vault: () => ({ VAULT_ADDR: server.url, VAULT_ROLE: "ci", VAULT_AUTH_MOUNT: "kubernetes" }),
            });
        });
    }
}
