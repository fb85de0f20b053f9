import { execFileSync, spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PatchStrategy, setHeaderOptions } from "@kubernetes/client-node";
import { expect } from "chai";
import type { ImageRow } from "../../../cli/commands/images.js";
import { type RunResult, run } from "../../../cli/lib/run.js";
import { projectRoot } from "../../../cli/lib/stack.js";
import { buildAppImage, pushImage } from "../../../sandbox/lib/image.js";
import { findExecutable } from "../../../sandbox/lib/run.js";
import { Cluster } from "../../support/cluster.js";
import { environment } from "../../support/servers.js";
import { demandSuccess, stack } from "../../support/stack.js";
import { waitFor } from "../../support/waitFor.js";

const [first, second] = ["a1a1a1a1", "b2b2b2b2"] as const;
const repositories = ["acme/website", "acme/shop-backend", "acme/shop-frontend"] as const;
const website = { namespace: "website", name: "website" };

/** A clone of the repository that the operator's stack file is in. */
class WorkTree {
    readonly directory = mkdtempSync(join(tmpdir(), "roll-"));
    readonly file = join(this.directory, "Pulumi.sandbox.yaml");

    constructor() {
        copyFileSync(environment("PULUMI_OPTION_CONFIG_FILE"), this.file);
        this.text = this.text.replace(
            /^( +)cicd:apps:$/m,
            "$1# quick to fail\n$1cicd:release: {rolloutSeconds: 10}\n$&",
        );
        this.git("init", "-q");
        this.commit();
    }

    get text(): string {
        return readFileSync(this.file, "utf8");
    }

    set text(text: string) {
        writeFileSync(this.file, text);
    }

    commit(): void {
        this.git("add", "-A");
        this.git("commit", "-q", "--allow-empty", "-m", "The stack file");
    }

    git(...args: string[]): string {
        const who = ["-c", "user.name=operator", "-c", "user.email=operator@sandbox.test"];
        return execFileSync("git", [...who, ...args], { cwd: this.directory, encoding: "utf8" }).trim();
    }
}

/** Runs a command line on a terminal, as `script` lends one, and answers its question. @returns what it said */
function answered(line: string, question: string, answer: string, env: Record<string, string>): Promise<string> {
    const options = { cwd: projectRoot, env: { ...process.env, ...env } };
    const child = spawn("script", ["-qec", line, "/dev/null"], options);
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
        const wasAsked = said.includes(question);
        said += text;
        if (!wasAsked && said.includes(question)) child.stdin.write(`${answer}\n`);
    });
    return new Promise((resolve, reject) => {
        child.once("error", reject);
        child.once("close", () => resolve(said));
    });
}

/** A stack file with one pin more. */
function pinned(app: string, text: string, tag: string = first): string {
    return text.replace(new RegExp(`^( +)repository: acme/${app}\\n`, "m"), `$&$1sha: "${tag}"\n`);
}

describe("cicd roll, images and adopt-images", function () {
    this.timeout("5m");
    const cluster = Cluster.ofSandbox();
    let tree: WorkTree;
    let unpinned: string;
    /** With a pin that none of these is about. */
    let original: string;

    const identity = { GIT_AUTHOR_NAME: "operator", GIT_AUTHOR_EMAIL: "operator@sandbox.test" };
    const committer = { GIT_COMMITTER_NAME: "operator", GIT_COMMITTER_EMAIL: "operator@sandbox.test" };
    const program = ["--import", "tsx", "cli/main.ts"];
    const env = () => ({ ...identity, ...committer, PULUMI_OPTION_CONFIG_FILE: tree.file });
    const cicd = (...args: string[]): Promise<RunResult> =>
        run(process.execPath, [...program, ...args], { cwd: projectRoot, env: env() });
    const succeed = async (...args: string[]): Promise<RunResult> => {
        const result = await cicd(...args);
        expect(result.code, result.stderr + result.stdout).to.equal(0);
        return result;
    };

    const deployment = () => cluster.apps.readNamespacedDeployment(website);
    const liveTag = async (namespace: string, name: string) => {
        const { spec } = await cluster.apps.readNamespacedDeployment({ namespace, name });
        return spec?.template.spec?.containers[0]?.image?.split(":").at(-1);
    };
    /** As a deploy by CI does it. */
    const setImage = async (tag: string) => {
        const image = `${new URL(environment("REGISTRY_URL")).host}/acme/website:${tag}`;
        const body = { spec: { template: { spec: { containers: [{ name: "website", image }] } } } };
        const header = setHeaderOptions("Content-Type", PatchStrategy.StrategicMergePatch);
        await cluster.apps.patchNamespacedDeployment({ ...website, body, fieldManager: "kubectl-set" }, header);
        await waitFor(`the rollout of ${tag}`, async () => {
            const { metadata, status } = await deployment();
            expect(status?.observedGeneration).to.equal(metadata?.generation);
            expect(status?.updatedReplicas).to.equal(1);
            expect(status?.unavailableReplicas ?? 0).to.equal(0);
        });
    };

    before(async () => {
        await stack.select();
        demandSuccess(await stack.up("--refresh", "--run-program"));
        const app = findExecutable("app", environment("PATH")) ?? "";
        for (const repository of repositories) {
            for (const tag of [first, second]) {
                const image = await buildAppImage(app, repository, tag);
                await pushImage(environment("REGISTRY_URL"), repository, tag, image);
            }
        }
        tree = new WorkTree();
        unpinned = tree.text;
        original = pinned("shop", unpinned);
    });
    after(async () => {
        rmSync(tree.directory, { recursive: true, force: true });
        // Without the pins, which leave what runs alone.
        demandSuccess(await stack.up());
    });

    beforeEach(() => {
        tree.text = original;
        tree.commit();
    });

    it("rolls two applications in one update, and commits nothing but their pins", async () => {
        tree.text = unpinned;
        tree.commit();
        const rest = await liveTag("travel-blog", "travel-blog");
        const { stdout } = await succeed("roll", `website=${first}`, `shop=${first}`, "--yes", "--commit", "--json");
        expect(JSON.parse(stdout)).to.deep.include({
            updated: true,
            pins: ["website", "shop"].map((app) => ({ app, before: null, after: first })),
        });
        expect(await liveTag("website", "website")).to.equal(first);
        expect(await liveTag("shop", "backend")).to.equal(first);
        expect(await liveTag("shop", "frontend")).to.equal(first);
        expect(await liveTag("travel-blog", "travel-blog")).to.equal(rest);
        const pin = new RegExp(`^ +sha: "${first}"\n`, "gm");
        expect(tree.text.match(pin)).to.have.lengthOf(2);
        expect(tree.text.replaceAll(pin, ""), "comments, order and quotes are kept").to.equal(unpinned);
        expect(tree.git("log", "-1", "--format=%s")).to.equal(
            `chore(release): roll website to ${first}, shop to ${first}`,
        );
        expect(tree.git("status", "--porcelain")).to.equal("");
    });

    it("says what CI put behind a pin, and takes it over without a rollout", async () => {
        await setImage(second);
        tree.text = pinned("website", original);
        const images = await cicd("images", "website", "--json");
        expect(images.code, images.stderr).to.equal(2);
        const [row] = JSON.parse(images.stdout) as ImageRow[];
        expect(row).to.include({ declared: first, live: second, setBy: "kubectl-set", state: "behind the pin" });
        expect(Date.now() - Date.parse(row?.since ?? "")).to.be.below(300_000);

        const { generation } = (await deployment()).metadata ?? {};
        const { stdout } = await succeed("adopt-images", "website", "--yes");
        expect(stdout).to.include(`website: ${first} -> ${second}`);
        expect(tree.text).to.equal(pinned("website", original, second));
        expect((await deployment()).metadata?.generation).to.equal(generation);
        expect((await succeed("images", "website")).stdout).to.match(new RegExp(`${second} +${second} .*pinned`));
    });

    it("goes back to what ran before", async () => {
        await setImage(first);
        await setImage(second);
        const { stderr } = await succeed("roll", "website", "--previous", "--yes");
        expect(stderr, "the preview").to.include(`acme/website:${first}`);
        expect(await liveTag("website", "website")).to.equal(first);
        expect(tree.text).to.equal(pinned("website", original));
    });

    it("says why a rollout failed, and puts the stack file back", async () => {
        await setImage(second);
        const quota = { metadata: { name: "none" }, spec: { hard: { pods: "0" } } };
        await cluster.core.createNamespacedResourceQuota({ namespace: "website", body: quota });
        try {
            await waitFor("the quota to be counted", async () => {
                const found = await cluster.core.readNamespacedResourceQuota({ namespace: "website", name: "none" });
                expect(found.status?.hard?.pods).to.equal("0");
            });
            const { code, stderr } = await cicd("roll", "website", first, "--yes");
            expect(code).to.equal(1);
            expect(stderr).to.match(/exceeded quota: none/);
            expect(stderr)
                .to.include("The stack file is as it was.")
                .and.not.match(/^\s+at .*:\d+:\d+/m);
            expect(tree.text).to.equal(original);
        } finally {
            await cluster.core.deleteNamespacedResourceQuota({ namespace: "website", name: "none" });
        }
    });

    it("rolls one application though the pin of another is nowhere, which it says and leaves alone", async () => {
        await setImage(second);
        const shop = await liveTag("shop", "backend");
        tree.text = pinned("shop", unpinned, "deadbee1");
        const { stderr } = await succeed("roll", "website", first, "--yes");
        expect(stderr).to.match(/warning.*cicd:apps\.shop.*deadbee1 is not in the registry/s);
        expect(await liveTag("website", "website")).to.equal(first);
        expect(await liveTag("shop", "backend")).to.equal(shop);
    });

    it("shows the preview and asks, and a no changes nothing", async () => {
        await setImage(second);
        const line = [process.execPath, ...program, "roll", "website", first].join(" ");
        const said = await answered(line, "[y/N]", "n", env());
        expect(said).to.include("Update website in stack sandbox? [y/N]").and.include("Nothing was changed.");
        expect(tree.text).to.equal(original);
        expect(await liveTag("website", "website")).to.equal(second);
    });

    const refusals: readonly (readonly [what: string, args: readonly string[], words: RegExp])[] = [
        [
            "a tag that is nowhere",
            ["roll", "website", "a1a1a1a2", "--yes"],
            /a1a1a1a2 is not in the registry; the nearest tags are a1a1a1a1/,
        ],
        ["nobody to ask", ["roll", "website", first], /there is no terminal to ask on; say --yes/],
    ];
    for (const [what, args, words] of refusals) {
        it(`refuses ${what}, and touches nothing`, async () => {
            const { code, stderr } = await cicd(...args);
            expect(code, stderr).to.equal(1);
            expect(stderr).to.match(words);
            expect(tree.text).to.equal(original);
        });
    }

    it("does not commit over changes of somebody else", async () => {
        tree.text = `${original}# being edited\n`;
        const { code, stderr } = await cicd("roll", "website", first, "--yes", "--commit");
        expect(code).to.equal(1);
        expect(stderr).to.include("has changes that are not committed");
    });
});
