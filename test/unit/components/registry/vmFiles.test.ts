import { expect } from "chai";
import fc from "fast-check";
import { parse } from "yaml";
import { describeFiles, pushProgram } from "../../../../components/host/payload.js";
import { vmFiles, vmHooks, vmIgnored, vmItems, vmProbe, vmSecrets } from "../../../../components/registry/vmFiles.js";
import { registryImages, registrySecrets, registrySettings } from "../../../support/registrySettings.js";

const files = (changes: object = {}, secrets = registrySecrets) =>
    new Map(
        vmFiles(registrySettings(changes), registryImages, secrets).map((file) => [
            file.path.replace("/opt/registry/", ""),
            file,
        ]),
    );
const content = (name: string, changes: object = {}) => files(changes).get(name)?.content ?? "";
const ui = { port: 8080, innerPort: 18_080, image: `joxit/docker-registry-ui:2.5.7@sha256:${"c".repeat(64)}` };

describe("the files of the registry VM", () => {
    it("are those of a private registry, two caches and what looks after them", () => {
        expect([...files().keys()].sort()).to.deep.equal([
            "bin/read-only.yml",
            "bin/registry-clean",
            "bin/registry-collect",
            "cache/docker.io/config.yml",
            "cache/ghcr.io/config.yml",
            "docker-compose.yml",
            "nginx/nginx.conf",
            "nginx/tls/certificate.pem",
            "nginx/tls/key.pem",
            "private/config.yml",
            "private/htpasswd",
            "units/registry-clean.service",
            "units/registry-clean.timer",
            "units/registry-collect-end.service",
            "units/registry-collect.service",
            "units/registry-collect.timer",
        ]);
        expect([...files({ retention: { timers: "none" } }).keys()].join()).to.not.contain("units/");
    });

    it("bounce what reads them and nothing else", () => {
        const actions = Object.fromEntries([...files()].map(([name, { action }]) => [name, action ?? "none"]));
        expect(actions).to.include({
            "docker-compose.yml": "compose",
            "nginx/nginx.conf": "reload:nginx",
            "nginx/tls/key.pem": "reload:nginx",
            "private/config.yml": "restart:private",
            "cache/ghcr.io/config.yml": "restart:cache-ghcr-io",
            "private/htpasswd": "none",
            "bin/registry-clean": "none",
        });
    });

    it("let only root read what is secret", () => {
        const secret = [...files()].filter(([, { mode }]) => mode === "0600").map(([name]) => name);
        expect(secret).to.have.members([
            "cache/docker.io/config.yml",
            "cache/ghcr.io/config.yml",
            "nginx/tls/key.pem",
            "private/config.yml",
            "private/htpasswd",
        ]);
    });

    it("are the same every time", () => {
        const all = () => vmFiles(registrySettings(), registryImages, registrySecrets);
        expect(all()).to.deep.equal(all());
    });

    it("run images by digest, on loopback behind nginx, with the rights they need", () => {
        const { services } = parse(content("docker-compose.yml", { ui }));
        expect(Object.keys(services).sort()).to.deep.equal([
            "cache-docker-io",
            "cache-ghcr-io",
            "nginx",
            "private",
            "ui",
        ]);
        for (const [name, service] of Object.entries<Record<string, unknown>>(services)) {
            expect(service.image, name).to.match(/@sha256:[0-9a-f]{64}$/);
            expect(service.network_mode, name).to.equal("host");
            if (name !== "ui") expect(service.cap_drop, name).to.deep.equal(["ALL"]);
        }
        for (const service of ["private", "cache/docker.io", "cache/ghcr.io"]) {
            expect(parse(content(`${service}/config.yml`)).http.addr).to.match(/^127\.0\.0\.1:/);
        }
    });

    it("have neither a descriptor cache nor maxsize, and say why", () => {
        for (const name of ["private", "cache/docker.io"]) {
            const text = content(`${name}/config.yml`);
            expect(parse(text).storage).to.not.have.any.keys("cache", "maxsize");
            expect(text)
                .to.match(/# No cache of descriptors: it goes on answering 200/)
                .and.contain("No maxsize either");
        }
        expect(parse(content("private/config.yml")).storage.delete.enabled).to.equal(false);
    });

    it("give a cache its account where there is one", () => {
        const login = { username: { path: "p", key: "u" }, password: { path: "p", key: "p" } };
        const upstreams = {
            "docker.io": { url: "https://registry-1.docker.io", port: 5000, innerPort: 15_000, login },
        };
        const secrets = { ...registrySecrets, upstreams: { "docker.io": { username: "u", password: "p: 'x'" } } };
        const text = files({ upstreams }, secrets).get("cache/docker.io/config.yml")?.content ?? "";
        expect(parse(text).proxy).to.deep.equal({
            remoteurl: "https://registry-1.docker.io",
            username: "u",
            password: "p: 'x'",
        });
    });

    it("let nginx listen on every port, with TLS on the private one alone", () => {
        const text = content("nginx/nginx.conf", { ui });
        expect(text.match(/listen .*;/g)).to.deep.equal([
            "listen 0.0.0.0:5050 ssl;",
            "listen 0.0.0.0:5000;",
            "listen 0.0.0.0:5010;",
            "listen 0.0.0.0:8080;",
        ]);
        expect(text).to.contain("client_max_body_size 0;").and.contain("proxy_request_buffering off;");
    });

    it("make nginx anew for another address, which a reload cannot listen on, and for no other change of its own", () => {
        const services = (changes: object) => parse(content("docker-compose.yml", changes)).services;
        const before = services({});
        const after = services({ address: "10.0.20.10" });
        expect(after.nginx).to.not.deep.equal(before.nginx);
        expect({ ...after, nginx: before.nginx }).to.deep.equal(before);
        expect(services({ private: { port: 5051 }, name: "other.example.org" })).to.deep.equal(before);
    });

    it("never collect with -m, and restart the registry after every collection", () => {
        const text = content("bin/registry-collect");
        expect(text).to.not.match(/garbage-collect.* (-m|--delete-untagged)/);
        expect(text)
            .to.match(/trap 'writable.*EXIT/)
            .and.contain("--force-recreate private");
        expect(content("units/registry-collect.service")).to.contain(
            "ExecStopPost=/opt/registry/bin/registry-collect --end",
        );
    });

    it("protect what the stack pins", () => {
        const registry = { ...registrySettings({ retention: { protect: ["infra-ci:*"] } }), pinned: ["shop:1a2b3c4d"] };
        const text = vmFiles(registry, registryImages, registrySecrets).find(({ path }) =>
            path.endsWith("-clean"),
        )?.content;
        expect(text).to.contain("\ninfra-ci:*\nshop:1a2b3c4d\nEND\n");
    });

    it("can all be pushed, whatever the settings", () => {
        const port = fc.integer({ min: 1, max: 60_000 });
        fc.assert(
            fc.property(fc.uniqueArray(port, { minLength: 6, maxLength: 6 }), fc.boolean(), (ports, timers) => {
                const [a, b, c, d, e, f] = ports.filter((number) => number !== 22);
                if (f === undefined) return;
                const registry = registrySettings({
                    private: { port: a, innerPort: b },
                    upstreams: {
                        "quay.io": { url: "https://quay.io", port: c, innerPort: d },
                        "x-y.z": { url: "http://127.0.0.1:1/", port: e, innerPort: f },
                    },
                    retention: { timers: timers ? "systemd" : "none" },
                });
                const all = vmFiles(registry, registryImages, registrySecrets);
                pushProgram({
                    root: registry.root,
                    files: all,
                    hooks: vmHooks(registry, registryImages),
                    secrets: vmSecrets(registrySecrets),
                    revision: 1,
                });
                expect(Object.keys(describeFiles(all))).to.have.lengthOf(all.length);
                expect(all.every(({ path }) => path.startsWith(`${registry.root}/`))).to.equal(true);
            }),
            { numRuns: 50 },
        );
    });

    it("leave alone the images, and what an infra pipeline brings", () => {
        expect(vmIgnored(registrySettings())).to.deep.equal(["/opt/registry/data"]);
        const synced = vmIgnored({ ...registrySettings(), syncedFiles: ["fix-broken-blobs.sh"] });
        expect(synced).to.include("/opt/registry/fix-broken-blobs.sh").and.include("/opt/registry/.incoming");
        expect(synced).to.include("/opt/registry/.pending");
    });

    it("are looked at together with containers and timers", () => {
        expect(vmItems(registrySettings(), registryImages)).to.deep.equal({
            nginx: `running ${registryImages.nginx}`,
            private: `running ${registryImages.registry}`,
            "cache-docker-io": `running ${registryImages.registry}`,
            "cache-ghcr-io": `running ${registryImages.registry}`,
            pushes: "taken",
            "registry-clean.timer": "active",
            "registry-collect.timer": "active",
        });
        expect(vmProbe(registrySettings({ retention: { timers: "none" } }))).to.not.contain("systemctl");
    });
});
