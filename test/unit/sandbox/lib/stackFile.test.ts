import { expect } from "chai";
import { parse } from "yaml";
import { defaultPorts } from "../../../../sandbox/lib/ports.js";
import { withChosenPorts, withImages, withNode, withVm } from "../../../../sandbox/lib/stackFile.js";

const committed = `config:
    # where Vault is
    cicd:vault:
        address: http://127.0.0.1:18200
    cicd:images: 127.0.0.1:18500/acme/website
    cicd:other: 127.0.0.1:182001
`;

describe("the stack file with the ports of this machine", () => {
    it("is the committed one where the defaults are free", () => {
        expect(withChosenPorts(committed, defaultPorts)).to.equal(committed);
    });

    it("names another port exactly where the default stood", () => {
        const text = withChosenPorts(committed, { ...defaultPorts, vault: 40_001 });
        expect(text).to.equal(committed.replace("127.0.0.1:18200\n", "127.0.0.1:40001\n"));
    });

    it("keeps two ports apart that changed places", () => {
        const text = withChosenPorts(committed, { ...defaultPorts, vault: 18_500, registry: 18_200 });
        expect(text).to.contain("address: http://127.0.0.1:18500\n");
        expect(text).to.contain("127.0.0.1:18200/acme/website");
    });

    it("keeps the salt that the engine wrote, without which its state is unreadable", () => {
        const text = withChosenPorts(committed, defaultPorts, "encryptionsalt: v1:abc=:v1:def\nconfig: {}\n");
        expect(text).to.contain("encryptionsalt: v1:abc=:v1:def");
        expect(text).to.contain("# where Vault is");
    });
});

describe("the stack file with other images", () => {
    it("is the same where there are none", () => {
        expect(withImages(committed, {})).to.equal(committed);
    });

    it("names them beside what is declared", () => {
        const text = withImages("config:\n    # kept\n    cicd:images:\n        node: node:24\n", { slack: "curl:8" });
        expect(text).to.equal("config:\n    # kept\n    cicd:images:\n        node: node:24\n        slack: curl:8\n");
        expect(withImages("config: {}\n", { slack: "curl:8" })).to.contain("slack: curl:8");
    });
});

describe("the registry machine in the stack file", () => {
    const committed =
        "config:\n    cicd:registry:\n        ssh:\n            port: 18023\n            hostKey: nobody's\n";
    const vm = { hostKey: "ssh-ed25519 AAAA", images: { registry: "registry@sha256:1", nginx: "nginx@sha256:2" } };

    it("has the keys and images of this sandbox", () => {
        const text = withVm(committed, vm);
        expect(text).to.contain("hostKey: ssh-ed25519 AAAA").and.contain("registry: registry@sha256:1");
        expect(withVm("config: {}\n", vm)).to.equal("config: {}\n");
    });

    it("is left out where there is none", () => {
        expect(withVm(committed, undefined)).to.not.contain("cicd:registry");
    });

    it("has the port that was chosen", () => {
        expect(withChosenPorts(committed, { ...defaultPorts, "vm-ssh": 40_023 })).to.contain("port: 40023");
    });
});

describe("the cluster's node in the stack file", () => {
    const upstream = (name: string, url: string) =>
        `            "${name}":\n                mirrors:\n                    - url: ${url}\n`;
    const committed = `config:\n    cicd:nodes:\n        hosts:\n            sandbox:\n                host: 127.0.0.1\n        upstreams:\n${upstream("a:1", "https://a:1")}${upstream("docker.io", "http://b")}`;
    const node = { hostKey: "ssh-ed25519 AAAA", directory: "/hosts", containerdConfig: "/c.toml", certificate: "PEM" };

    it("has its key and directories, and the certificate of the mirror that is asked over TLS", () => {
        const nodes = parse(withNode(committed, node)).config["cicd:nodes"];
        expect(nodes).to.deep.equal({
            hosts: { sandbox: { host: "127.0.0.1", hostKey: "ssh-ed25519 AAAA" } },
            upstreams: {
                "a:1": { mirrors: [{ url: "https://a:1", ca: "PEM" }] },
                "docker.io": { mirrors: [{ url: "http://b" }] },
            },
            directory: "/hosts",
            containerdConfig: "/c.toml",
        });
    });

    it("is left out where it is simulated", () => {
        expect(withNode(committed, undefined)).to.not.contain("cicd:nodes");
        expect(withNode("config: {}\n", node)).to.equal("config: {}\n");
    });
});
