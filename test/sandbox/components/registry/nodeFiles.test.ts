import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { nodeFiles, nodeHooks } from "../../../../components/registry/nodeFiles.js";
import { nodes as nodesBlock } from "../../../../config/nodes.js";
import { buildAppImage, pushImage } from "../../../../sandbox/lib/image.js";
import { locate } from "../../../../sandbox/lib/places.js";
import { findExecutable } from "../../../../sandbox/lib/run.js";
import { Cluster } from "../../../support/cluster.js";
import { PushedHost } from "../../../support/pushedHost.js";
import { environment } from "../../../support/servers.js";

const run = promisify(execFile);

/** What the program pushes to a node, in the hands of the containerd of the sandbox's node. */
describe("hosts files and a real containerd", function () {
    this.timeout(60_000);
    let host: PushedHost;

    before(async function () {
        if (!(await Cluster.ofSandbox().isReal())) {
            console.log("      skipped: the node is simulated on this machine, which has no containerd");
            this.skip();
        }
    });
    beforeEach(() => {
        host = new PushedHost();
    });
    afterEach(() => host?.remove());

    const nodes = (upstreams: object) =>
        nodesBlock.parse({
            hosts: {},
            upstreams,
            directory: host.root,
            containerdConfig: join(host.directory, "config.toml"),
        });

    it("lead a pull to the mirror, for a registry with a port and for one without", async () => {
        const registry = environment("REGISTRY_URL");
        const program = findExecutable("app", process.env.PATH ?? "");
        if (program === undefined) throw new Error("the program app is not on PATH");
        await pushImage(registry, "test/mirrored", "11111111", await buildAppImage(program, "mirrored", "11111111"));
        const mirrored = { mirrors: [{ url: registry }] };
        for (const { path, content } of nodeFiles(nodes({ "nowhere.test": mirrored, "nowhere.test:5050": mirrored }))) {
            mkdirSync(dirname(path), { recursive: true });
            writeFileSync(path, content);
        }
        for (const name of ["nowhere.test", "nowhere.test:5050"]) {
            // The socket's path is too long from anywhere else.
            const cwd = join(locate().state, "node/run");
            const args = ["--address", "containerd.sock", "--namespace", "k8s.io", "images"];
            const image = `${name}/test/mirrored:11111111`;
            const { stdout } = await run("ctr", [...args, "pull", "--hosts-dir", host.root, image], { cwd });
            expect(stdout).to.contain("done");
            await run("ctr", [...args, "rm", image], { cwd });
        }
    });

    it("are taken where its own configuration names their directory, and refused where it does not", async () => {
        const block = nodes({ "docker.io": { mirrors: [{ url: "http://10.0.20.10:5000" }] } });
        const [file] = nodeFiles(block);
        const program = host.program({ "docker.io/hosts.toml": file?.content ?? "" }, { hooks: nodeHooks(block) });
        const configure = (path: string) =>
            writeFileSync(
                block.containerdConfig,
                `version = 2\n[plugins."io.containerd.grpc.v1.cri".registry]\n  config_path = "${path}"\n`,
            );
        const env = { PATH: process.env.PATH ?? "" };
        configure("/etc/elsewhere");
        const refused = await host.run(program, { env });
        expect(refused.output).to.contain('looks for hosts files in "/etc/elsewhere"');
        configure(host.root);
        const { code, output } = await host.run(program, { env });
        expect(code, output).to.equal(0);
    });
});
