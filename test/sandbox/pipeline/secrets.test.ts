import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { locate } from "../../../sandbox/lib/places.js";
import { environment, vault } from "../../support/servers.js";
import { demandSuccess, stack } from "../../support/stack.js";

const { state, logs } = locate();

describe("a secret value", function () {
    this.timeout("3m");
    let secrets: ReadonlyMap<string, string>;
    let printed: string;

    before(async () => {
        await stack.select();
        printed = demandSuccess(await stack.up("--refresh", "--run-program", "--diff"));
        const { output } = await stack.preview();
        printed += output;
        secrets = new Map([...(await storedInVault()), ...tokens()]);
    });

    it("is there to be looked for", () => {
        expect([...secrets.keys()]).to.include.members(["ci/dockerhub token", "ci/slack webhook", "VAULT_TOKEN"]);
    });

    it("is not printed by pulumi", () => {
        expect(found(printed)).to.deep.equal([]);
    });

    it("stands neither in the state nor in its backups", () => {
        expect(foundBelow(join(state, "pulumi-state"))).to.deep.equal([]);
    });

    it("stands in no server's log", () => {
        expect(foundBelow(logs)).to.deep.equal([]);
    });

    it("stands in no command line of a process", () => {
        const lines = readdirSync("/proc")
            .filter((entry) => /^\d+$/.test(entry))
            .map(commandLine);
        expect(found(lines.join("\n"))).to.deep.equal([]);
    });

    function found(text: string): string[] {
        return [...secrets].filter(([, value]) => text.includes(value)).map(([name]) => name);
    }

    function foundBelow(directory: string): string[] {
        return readdirSync(directory, { recursive: true, encoding: "utf8" })
            .map((path) => join(directory, path))
            .filter((path) => statSync(path).isFile())
            .flatMap((path) => found(readFileSync(path, "latin1")).map((name) => `${name} in ${path}`));
    }
});

/** Every value that the program reads, as `path key`; the cluster's CA is public. */
async function storedInVault(): Promise<[string, string][]> {
    const values: [string, string][] = [];
    const { data } = await vault.api("GET", "secret/metadata/ci?list=true");
    for (const path of (data as { keys: string[] }).keys) {
        const stored = await vault.api("GET", `secret/data/ci/${path}`);
        const entries = Object.entries((stored.data as { data: Record<string, string> }).data);
        for (const [key, value] of entries) {
            if (key !== "ca" && key !== "username" && value.length >= 8) values.push([`ci/${path} ${key}`, value]);
        }
    }
    return values;
}

function tokens(): [string, string][] {
    return ["VAULT_TOKEN", "GITHUB_TOKEN", "WOODPECKER_TOKEN", "PULUMI_CONFIG_PASSPHRASE"].map((name) => [
        name,
        environment(name),
    ]);
}

function commandLine(pid: string): string {
    try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
    } catch {
        return ""; // It ended meanwhile.
    }
}
