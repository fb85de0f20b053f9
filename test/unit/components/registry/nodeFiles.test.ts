import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { nodeFiles, nodeHooks } from "../../../../components/registry/nodeFiles.js";
import { parseSettings } from "../../../../config/parse.js";
import { PushedHost } from "../../../support/pushedHost.js";
import { problemsOf, rawSettings } from "../../../support/settings.js";
import { putProgram } from "../../../support/shell.js";

const key = { path: "ci/nodes", key: "ssh-key" };
const hostKey = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${"A".repeat(43)}`;
const cache = { mirrors: [{ url: "http://10.0.20.10:5000" }] };
const block = (changes: object = {}) => ({
    hosts: { "node-a": { host: "10.0.20.100", hostKey, key } },
    upstreams: { "docker.io": { server: "https://registry-1.docker.io", ...cache } },
    ...changes,
});
const raw = (changes: object = {}) => rawSettings({ nodes: block(changes) });
const parse = (changes?: object) => {
    const { nodes } = parseSettings(raw(changes));
    if (!nodes) throw new Error("no nodes");
    return nodes;
};
const problems = (changes: object) => problemsOf(raw(changes));

describe("the hosts files of a node", () => {
    it("name the mirrors in their order, then the registry itself", () => {
        const [file] = nodeFiles(parse());
        expect(file?.path).to.equal("/etc/containerd/certs.d/docker.io/hosts.toml");
        expect(file?.content.split("\n").slice(1)).to.deep.equal([
            'server = "https://registry-1.docker.io"',
            "",
            '[host."http://10.0.20.10:5000"]',
            '  capabilities = ["pull", "resolve"]',
            "",
        ]);
    });

    it("lie where containerd looks for a registry with a port, and name what is special about a mirror", () => {
        const mirror = { url: "https://10.0.20.10:5050", capabilities: ["pull", "resolve", "push"], skipVerify: true };
        const [file] = nodeFiles(parse({ upstreams: { "10.0.20.10:5050": { mirrors: [mirror] } } }));
        expect(file?.path).to.equal("/etc/containerd/certs.d/10.0.20.10_5050_/hosts.toml");
        expect(file?.content).to.contain('capabilities = ["pull", "resolve", "push"]\n  skip_verify = true');
    });

    it("are refused by the stack file where containerd would read something else", () => {
        const upstream = (mirror: object) => ({ upstreams: { "ghcr.io": { mirrors: [mirror] } } });
        const where = "cicd:nodes.upstreams.ghcr.io.mirrors.0";
        expect(problems(upstream({ url: "https://me:secret@10.0.20.10" }))[0]).to.match(/\.url: .*without credentials/);
        expect(problems(upstream({ url: "http://10.0.20.10", skipVerify: true }))).to.deep.equal([
            `${where}.skipVerify: true is of no use for a mirror without TLS; leave it out or make the url https`,
        ]);
        expect(problems(upstream({ url: "https://a.org", capabilities: ["delete"] }))[0]).to.contain("capabilities");
        expect(problems({ upstreams: { "https://ghcr.io": cache } })[0]).to.contain("is not a registry's host");
        expect(problems({ upstreams: { "ghcr.io": {} } })[0]).to.contain("say where it is, or leave it out");
        expect(problems({ directory: "/etc/../root" })[0]).to.contain("is not an absolute path");
    });
});

describe("a push of hosts files to a node", function () {
    this.timeout(20_000);
    let host: PushedHost;
    beforeEach(() => {
        host = new PushedHost();
    });
    afterEach(() => host.remove());

    /** @param section of the configuration, as that version of containerd prints it */
    function containerd(version: string, section: string): Record<string, string> {
        writeFileSync(join(host.directory, "dump"), section);
        const text = `case "$*" in --version) echo "containerd containerd.io ${version} abc" ;; *) cat "${host.directory}/dump" ;; esac`;
        putProgram(join(host.directory, "bin"), "containerd", `#!/bin/sh\n${text}\n`);
        return { PATH: `${join(host.directory, "bin")}:${process.env.PATH}` };
    }
    const program = (upstreams: object) => {
        const nodes = parse({ directory: host.root, upstreams });
        const files = Object.fromEntries(
            nodeFiles(nodes).map(({ path, content }) => [path.slice(host.root.length + 1), content]),
        );
        return host.program(files, { hooks: nodeHooks(nodes) });
    };
    const one = (path: string) =>
        `[plugins."io.containerd.grpc.v1.cri".registry]\n  config_path = "${path}"\n[plugins."io.containerd.grpc.v1.cri".registry.auths]\n`;
    const two = (path: string) =>
        `[plugins.'io.containerd.transfer.v1.local']\n  config_path = ''\n[plugins.'io.containerd.cri.v1.images'.registry]\n  config_path = '${path}'\n`;

    for (const [version, section] of [
        ["1.7.24", one],
        ["v2.1.4", two],
    ] as const) {
        it(`is taken by containerd ${version} where its configuration names the directory, and removes what is dropped`, async () => {
            const env = containerd(version, section(`/somewhere:${host.root}`));
            const both = await host.run(program({ "docker.io": cache, "ghcr.io": cache }), { env });
            expect(both.code, both.output).to.equal(0);
            expect(host.read("ghcr.io/hosts.toml")).to.contain("10.0.20.10:5000");
            const less = await host.run(program({ "docker.io": cache }), { env });
            expect(less.code, less.output).to.equal(0);
            expect(existsSync(host.path("ghcr.io"))).to.equal(false);
            expect(host.read("docker.io/hosts.toml")).to.contain("10.0.20.10:5000");
        });

        it(`is refused by containerd ${version} where it would never be read, before anything is touched`, async () => {
            const env = containerd(version, section(""));
            const { code, output } = await host.run(program({ "docker.io": cache }), { env });
            expect(code).to.equal(1);
            expect(output).to.contain(`containerd ${version} on this node looks for hosts files in ""`);
            expect(output).to.contain("restart containerd once");
            expect(existsSync(host.path("docker.io"))).to.equal(false);
        });
    }
});
