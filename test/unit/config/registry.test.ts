import { expect } from "chai";
import { wantedFromVault } from "../../../components/vault/credentials.js";
import { parseSettings } from "../../../config/parse.js";
import { SettingsError } from "../../../config/problems.js";
import { hostKey, registryBlock } from "../../support/registrySettings.js";

const vault = { address: "https://vault.example.org" };

describe("cicd:registry", () => {
    function problems(changes: object, others: object = {}): string {
        try {
            parseSettings({ vault, registry: registryBlock(changes), ...others });
            return "";
        } catch (error) {
            if (error instanceof SettingsError) return error.problems.join("\n");
            throw error;
        }
    }
    const upstream = (changes: object) => ({
        upstreams: { "docker.io": { url: "https://registry-1.docker.io", port: 5000, innerPort: 15_000, ...changes } },
    });

    it("fills in what is left out", () => {
        const { registry } = parseSettings({ vault, registry: registryBlock() });
        expect(registry).to.deep.include({ root: "/opt/registry", data: "data", address: "0.0.0.0", bcryptCost: 5 });
        expect(registry?.private).to.deep.equal({ port: 5050, innerPort: 15_050 });
    });

    const bad: [string, object, string][] = [
        [
            "a root that leaves its directory",
            { root: "/opt/registry/../etc" },
            'cicd:registry.root: "/opt/registry/../etc" is not an absolute path',
        ],
        ["a directory of the system", { root: "/etc" }, 'cicd:registry.root: "/etc" is a directory of the system'],
        ["data outside of the root", { data: "../images" }, 'cicd:registry.data: "../images" is not'],
        ["data over the push's own files", { data: ".push" }, 'cicd:registry.data: ".push" is not'],
        [
            "an upstream with credentials",
            upstream({ url: "https://user:secret@registry-1.docker.io" }),
            "cicd:registry.upstreams.docker.io.url",
        ],
        [
            "two services on one port",
            upstream({ port: 5050 }),
            "cicd:registry.upstreams.docker.io.port: 5050 is taken by cicd:registry.private.port; one service a port",
        ],
        [
            "an inner port that is an outer one",
            upstream({ innerPort: 5000 }),
            "cicd:registry.upstreams.docker.io.innerPort: 5000 is taken by cicd:registry.upstreams.docker.io.port",
        ],
        [
            "the port of sshd",
            { private: { port: 22 } },
            "cicd:registry.private.port: 22 is taken by cicd:registry.ssh.port",
        ],
        [
            "an unknown type of host key",
            { ssh: { host: "10.0.20.10", hostKey: hostKey.replace("ed25519", "dss"), key: { path: "p", key: "k" } } },
            "cicd:registry.ssh.hostKey",
        ],
        [
            "no host key",
            { ssh: { host: "10.0.20.10", key: { path: "p", key: "k" } } },
            "cicd:registry.ssh.hostKey: missing",
        ],
        ["nobody who may log in", { users: [] }, "cicd:registry.users"],
        [
            "an image of the page without digest",
            { ui: { port: 80, innerPort: 8080, image: "joxit/docker-registry-ui:2" } },
            "cicd:registry.ui.image",
        ],
        [
            "a time that systemd does not know",
            { retention: { cleanUp: "at night; reboot" } },
            "cicd:registry.retention.cleanUp",
        ],
        [
            "a shell word as a protected tag",
            { retention: { protect: ["a:$(reboot)"] } },
            "cicd:registry.retention.protect.0",
        ],
        ["an unknown key", { port: 5000 }, "cicd:registry.port: unknown key"],
    ];
    for (const [what, changes, message] of bad) {
        it(`refuses ${what}`, () => {
            expect(problems(changes)).to.contain(message).and.not.contain("undefined");
        });
    }

    it("asks Vault for every value it needs, by its key, before anything is declared", () => {
        const wanted = wantedFromVault(parseSettings({ vault, registry: registryBlock() }));
        expect(wanted.map(({ key }) => key)).to.include.members(
            ["ssh.key", "tls.certificate", "tls.key", "users.0.username", "users.0.password"].map(
                (key) => `cicd:registry.${key}`,
            ),
        );
    });

    it("needs Vault for its secrets", () => {
        expect(problems({}, { vault: undefined })).to.contain("cicd:registry.ssh.key: needs cicd:vault");
    });

    describe("beside the infra pipeline registry-config-sync", () => {
        const infra = (files: object[], ssh: object = {}) => ({
            github: { owner: "acme" },
            woodpecker: { url: "https://ci.example.org" },
            infra: {
                repository: "acme/infra",
                tools: "infra:1",
                pipelines: {
                    "registry-config-sync": {
                        directory: "registry",
                        files,
                        url: "https://registry.example.org",
                        login: { username: { path: "p", key: "u" }, password: { path: "p", key: "p" } },
                        ssh: { host: "10.0.20.10", hostKey, key: { path: "p", key: "k" }, ...ssh },
                    },
                },
            },
        });

        it("refuses that both write one file", () => {
            const text = problems(
                {},
                infra([{ file: "fix.sh" }, { file: "compose.yml", target: "docker-compose.yml" }]),
            );
            expect(text).to.equal(
                'cicd:infra.pipelines.registry-config-sync.files.1: "docker-compose.yml" is written by cicd:registry too; leave it to one of them',
            );
        });

        it("lets each have its own, and leaves the other's alone", () => {
            const { registry } = parseSettings({ vault, registry: registryBlock(), ...infra([{ file: "fix.sh" }]) });
            expect(registry?.syncedFiles).to.deep.equal(["fix.sh"]);
        });

        it("refuses two host keys of one host", () => {
            const other = hostKey.replace("I", "J");
            expect(problems({}, infra([{ file: "fix.sh" }], { hostKey: other }))).to.contain(
                "cicd:registry.ssh.hostKey",
            );
        });

        it("sees nothing wrong on another host", () => {
            expect(problems({}, infra([{ file: "docker-compose.yml" }], { host: "10.0.20.11" }))).to.equal("");
        });
    });

    it("protects the pinned tags of applications whose image it has", () => {
        const app = {
            repository: "acme/shop",
            images: [{ name: "registry.example.org:5050/acme/shop" }],
            deployments: [{ namespace: "shop", deployment: "shop", container: "shop" }],
            sha: "1a2b3c4d",
        };
        const { registry } = parseSettings({
            vault,
            github: { owner: "acme" },
            woodpecker: { url: "https://ci.example.org" },
            credentials: Object.fromEntries(
                ["dockerhubUsername", "dockerhubToken", "woodpeckerToken"].map((name) => [
                    name,
                    { vault: { path: "p", key: name } },
                ]),
            ),
            apps: { shop: app },
            registry: registryBlock(),
        });
        expect(registry?.pinned).to.deep.equal(["acme/shop:1a2b3c4d"]);
    });
});
