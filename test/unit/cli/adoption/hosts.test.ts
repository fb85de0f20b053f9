import { expect } from "chai";
import { hostObjects, newHosts } from "../../../../cli/adoption/hosts.js";
import { nodes as nodesBlock } from "../../../../config/nodes.js";
import { hostKey, registrySettings } from "../../../support/registrySettings.js";

const hash = (letter: string) => `sha256:${letter.repeat(64)}`;
const registry = registrySettings();
const node = { host: "10.0.20.5", hostKey, key: { path: "ci/nodes", key: "ssh" } };
const nodes = nodesBlock.parse({ hosts: { a: node }, upstreams: { "docker.io": { mirrors: [{ url: "http://m" }] } } });

const step = (name: string, root: string, op = "create") => ({
    op,
    urn: `urn:pulumi:prod::cicd-pipeline::cicd:host:HostFiles$host:index:Files::${name}-found`,
    newState: {
        type: "host:index:Files",
        inputs: { connection: "[secret]", root, files: { [`${root}/a`]: "0644 root:root x" } },
    },
});

describe("the hosts of an adoption's plan", () => {
    it("are those that the state does not have, reached as the stack file says", () => {
        const steps = [
            step("registry", registry.root),
            step("nodes-a", nodes.directory),
            step("nodes-b", nodes.directory, "same"),
            step("somebody-else", "/srv/other"),
        ];
        const hosts = newHosts(steps, { registry, nodes });
        expect(hosts.map(({ ssh, root }) => [ssh.host, root])).to.deep.equal([
            ["10.0.20.10", "/opt/registry"],
            ["10.0.20.5", "/etc/containerd/certs.d"],
        ]);
        expect(newHosts(steps, {})).to.deep.equal([]);
    });

    it("show of each file and service what becomes of it, and what is beside them", () => {
        const [plan] = newHosts([step("registry", registry.root)], { registry });
        if (!plan) throw new Error("no host");
        const files = {
            "/r/same": `0644 root:root ${hash("a")}`,
            "/r/edited": `0600 root:root ${hash("a")}`,
            "/r/new": `0644 root:root ${hash("a")}`,
            "/r/link": `0644 root:root ${hash("a")}`,
        };
        const items = { nginx: "running nginx", private: "running registry" };
        const objects = hostObjects(
            { ...plan, files, items },
            {
                files: {
                    "/r/same": files["/r/same"],
                    "/r/edited": `0644 root:root ${hash("b")}`,
                    "/r/link": "link to /etc/passwd",
                },
                items: { nginx: "exited nginx" },
                extra: { "/r/stray": "0644 root:root" },
            },
        );
        expect(objects.map(({ kind, name, fate }) => `${kind} ${name}: ${fate}`)).to.deep.equal([
            "file /r/same: keep",
            "file /r/edited: change",
            "file /r/new: create",
            "file /r/link: change",
            "service nginx: change",
            "service private: create",
            "undeclared file /r/stray: keep",
        ]);
        expect(objects[1]?.differences).to.deep.equal([
            { path: "mode", live: "0644", declared: "0600" },
            { path: "content", live: "sha256:bbbbbbbbbbbb", declared: "sha256:aaaaaaaaaaaa" },
        ]);
        expect(objects[3]?.differences[0]).to.deep.equal({
            path: "mode",
            live: "link to /etc/passwd",
            declared: "0644",
        });
        expect(objects[4]?.differences).to.deep.equal([
            { path: "state", live: "exited nginx", declared: "running nginx" },
        ]);
    });
});
