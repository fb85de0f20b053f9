/**
 * The way into the sandbox on a machine that has nothing but Node 20 and npm: brings a newer Node where it is needed,
 * installs what the lock file names, bundles the programs, and hands over to cli.ts.
 *
 * Plain JavaScript without dependencies, as it runs before anything is installed. Everything it brings goes to
 * `node_modules` or to the one cache directory; all it says goes to stderr.
 */

import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { constants, homedir } from "node:os";
import { dirname, join, resolve } from "node:path";

/** The oldest Node that the Pulumi SDK and the GitHub emulator run on. */
const oldestNode = [22, 15];
const ownNode = "24.21.0";

const root = resolve(import.meta.dirname, "..");
const cache = resolve(
    process.env.CICD_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "cicd-pipeline"),
);
const temporary = join(root, ".sandbox/tmp");
const environment = {
    ...process.env,
    TMPDIR: temporary,
    CICD_CACHE: cache,
    npm_config_cache: join(cache, "npm"),
    npm_config_update_notifier: "false",
};

class Stop extends Error {}

function say(text) {
    process.stderr.write(`${text}\n`);
}

/** Runs a command to its end, with a sign of life every ten seconds. */
function perform(what, command, args, options = {}) {
    const started = Date.now();
    const seconds = () => Math.round((Date.now() - started) / 1000);
    say(`${what} …`);
    const ticker = setInterval(() => say(`${what}: ${seconds()} s so far`), 10_000);
    return new Promise((done, failed) => {
        const child = spawn(command, args, { env: environment, stdio: ["ignore", "pipe", "pipe"], ...options });
        let output = "";
        for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
        child.once("error", (error) =>
            failed(new Stop(`${command} cannot be run (${error.message}). ${helpFor(command)}`)),
        );
        child.once("close", (code, signal) => {
            if (code === 0) {
                if (seconds() > 2) say(`${what}: done in ${seconds()} s`);
                done();
                return;
            }
            const end = output.trimEnd().split("\n").slice(-15).join("\n");
            failed(
                new Stop(`${what} failed (${signal ?? `code ${code}`}):\n${end}\nRun the same command again to go on.`),
            );
        });
    }).finally(() => clearInterval(ticker));
}

function helpFor(command) {
    return command === "npm" ? "npm comes with Node: install both, for example from https://nodejs.org." : "";
}

function isNewEnough(version) {
    const [major, minor] = version.split(".").map(Number);
    return major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
}

/** A Node that is new enough: this one, or one from the npm registry. */
async function findNode() {
    if (isNewEnough(process.versions.node)) return process.execPath;
    const home = join(cache, `node-${ownNode}`);
    const name = `node-linux-${process.arch}`;
    const program = join(home, "node_modules", name, "bin/node");
    if (existsSync(program)) return program;
    const beside = `${home}.${process.pid}.partial`;
    mkdirSync(beside, { recursive: true });
    try {
        await perform(`This Node is ${process.versions.node}; bringing Node ${ownNode} from the npm registry`, "npm", [
            "install",
            "--prefix",
            beside,
            "--no-save",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            `${name}@${ownNode}`,
        ]);
        if (!existsSync(home)) renameSync(beside, home);
    } finally {
        rmSync(beside, { recursive: true, force: true });
    }
    const check = spawnSync(program, ["--version"], { encoding: "utf8" });
    if (check.status !== 0) throw new Stop(`${program} does not run here: ${check.error?.message ?? check.stderr}`);
    return program;
}

/** Installs the lock file's packages unless exactly these are there. */
async function installPackages(node) {
    const modules = join(root, "node_modules");
    const lockText = readFileSync(join(root, "package-lock.json"), "utf8");
    const marker = join(modules, ".installed-lock-hash");
    const hash = createHash("sha256").update(lockText).digest("hex");
    if (readIfThere(marker) === hash) return;
    if (!isInstalled(JSON.parse(lockText), join(modules, ".package-lock.json"))) {
        await perform(
            "Installing the packages of package-lock.json into node_modules",
            "npm",
            ["ci", "--ignore-scripts"],
            {
                cwd: root,
                // npm itself must run on the Node that the packages are for.
                env: { ...environment, PATH: `${dirname(node)}:${process.env.PATH}` },
            },
        );
    }
    writeFileSync(marker, hash);
}

/** npm writes its record when an installation is whole; one by hand (`npm ci`) is as good as ours. */
function isInstalled(lock, recordPath) {
    const record = JSON.parse(readIfThere(recordPath) ?? "{}").packages;
    if (record === undefined) return false;
    return Object.entries(lock.packages).every(
        ([path, { version, optional }]) => path === "" || optional === true || record[path]?.version === version,
    );
}

function readIfThere(path) {
    return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

/** Runs the command itself: signals go to it, and its end is ours. */
function handOver(node, args) {
    const child = spawn(node, ["--import", "tsx", join(root, "sandbox/cli.ts"), ...args], {
        env: { ...environment, PATH: `${dirname(node)}:${process.env.PATH}` },
        stdio: "inherit",
    });
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
    child.once("error", (error) => {
        say(`${node} cannot be run: ${error.message}`);
        process.exit(1);
    });
    child.once("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}

async function main() {
    if (process.platform !== "linux") {
        throw new Stop(
            "The sandbox needs Linux: its programs are Linux programs. A container or a virtual machine will do.",
        );
    }
    mkdirSync(temporary, { recursive: true });
    mkdirSync(cache, { recursive: true });
    const node = await findNode();
    await installPackages(node);
    const built = spawnSync(node, ["build.mjs"], {
        cwd: root,
        env: environment,
        stdio: ["ignore", "ignore", "inherit"],
    });
    if (built.status !== 0) throw new Stop("The programs could not be bundled; the messages above say where.");
    handOver(node, process.argv.slice(2));
}

main().catch((error) => {
    const full = ["ENOSPC", "EDQUOT"].includes(error.code);
    if (full) say(`${error.message}\nFree some space and run the same command again.`);
    else say(error instanceof Stop ? error.message : error.stack);
    process.exitCode = 1;
});
