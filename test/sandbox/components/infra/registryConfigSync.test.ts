import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { infraScripts } from "../../../../components/infra/scripts.js";
import { describeStep } from "../../../support/infraStep.js";
import { usePrograms } from "../../../support/programs.js";
import { SshHost, strangeHostKey } from "../../../support/sshHost.js";

const catalog = "GET /v2/_catalog";
const nginx = (directive = "") =>
    `worker_processes 1;\nevents {}\nhttp { access_log off; ${directive} server { listen 127.0.0.1:1; } }\n`;

/** Stands for the containers of the VM: nginx is real and tries the file that would be mounted; what is restarted is written down. */
const docker = (root: string) => `
printf '%s\\n' "$*" >> '${root}/calls'
case "$*" in
*" nginx -t")
    file=$(printf '%s\\n' "$*" | sed 's/.* --volume \\([^:]*\\):.*/\\1/')
    exec nginx -t -q -e stderr -c "$file" -p '${root}' -g "pid ${root}/nginx.pid;" ;;
esac`;

describeStep(
    "registry-config-sync",
    (step) => {
        let host: SshHost;
        let root: string;
        before(async function () {
            if (!SshHost.isPossible()) {
                console.log("      skipped: only root may give a registry VM an /etc of its own");
                return this.skip();
            }
            await usePrograms("nginx");
            host = await SshHost.start();
            root = join(host.directory, "registry");
            mkdirSync(join(host.directory, "lib/nginx"));
            host.program("docker", docker(root));
        });
        after(() => host?.stop());
        beforeEach(() => {
            rmSync(root, { recursive: true, force: true });
            mkdirSync(root);
            for (const [name, text] of Object.entries({
                "docker-compose.yml": "services: {}\n",
                "nginx.conf": nginx(),
                "config-private.yml": "version: 0.1\n",
            })) {
                writeFileSync(join(root, name), text);
            }
            step.place.put("registry/docker-compose.yml", "services: {}\n");
            step.place.put("registry/nginx_registry.conf", nginx("client_max_body_size 0;"));
            step.place.put("registry/config-private.yml", "version: 0.1\n");
            step.place.put("registry/cleanup-tags.sh", "#!/bin/sh\necho cleaned\n", true);
            step.server.on(catalog, { status: 200, body: { repositories: ["a"] } });
        });
        const run = (changes: Record<string, string> = {}) =>
            step.run(infraScripts["registry-config-sync"], {
                SOURCE_DIRECTORY: "registry",
                ROOT: root,
                FILES: "docker-compose.yml docker-compose.yml -\nnginx_registry.conf nginx.conf nginx\nconfig-private.yml config-private.yml registry-private\ncleanup-tags.sh cleanup-tags.sh -\n",
                COMPOSE_FILE: "docker-compose.yml",
                NGINX_FILE: "nginx.conf",
                NGINX_SERVICE: "nginx",
                NGINX_CONFIG: "/etc/nginx/nginx.conf",
                CHECK_COMMAND: "./cleanup-tags.sh --dry-run",
                REGISTRY_URL: step.server.url,
                REGISTRY_USER: "probe",
                REGISTRY_PASSWORD: 'pass"word\\recognisable',
                PAUSES: "0.1 0",
                ...host.access,
                ...changes,
            });
        const read = (name: string) => readFileSync(join(root, name), "utf8");
        const calls = () => (existsSync(join(root, "calls")) ? read("calls").split("\n").slice(0, -1) : []);

        it("brings the files under the names the containers mount, restarts what reads them, and asks the registry", async () => {
            const { code, output } = await run();
            expect(code, output).to.equal(0);
            expect(read("nginx.conf")).to.equal(nginx("client_max_body_size 0;"));
            expect(existsSync(join(root, "nginx_registry.conf"))).to.equal(false);
            expect(statSync(join(root, "cleanup-tags.sh")).mode & 0o777).to.equal(0o755);
            expect(statSync(join(root, "nginx.conf")).mode & 0o777).to.equal(0o644);
            expect(calls().filter((call) => / (restart|up) /.test(call))).to.deep.equal([
                "compose --file docker-compose.yml restart nginx",
            ]);
            const [asked] = step.server.asked(catalog);
            const basic = Buffer.from('probe:pass"word\\recognisable').toString("base64");
            expect(asked?.headers.authorization).to.equal(`Basic ${basic}`);
            expect(output)
                .to.contain("cleaned")
                .and.not.match(/recognisable|PRIVATE KEY/);
            expect(step.place.leftovers()).to.deep.equal([]);

            const again = await run();
            expect(again.output).to.contain("every file is as it should be");
            expect(calls().filter((call) => / restart /.test(call))).to.have.lengthOf(1);
        });

        it("changes nothing when nginx itself refuses its new configuration", async () => {
            step.place.put("registry/nginx_registry.conf", nginx("client_max_bodysize 0;"));
            const { code, output } = await run();
            expect(output)
                .to.contain('unknown directive "client_max_bodysize"')
                .and.contain("the files are not in place on 127.0.0.1");
            expect(code).to.equal(1);
            expect(read("nginx.conf")).to.equal(nginx());
            expect(calls().join()).to.not.contain("restart");
        });

        it("goes back to the files of before when the registry does not answer with the new ones", async () => {
            step.server.on(catalog, { status: 502, body: "bad gateway" });
            const { code, output } = await run();
            expect(output).to.match(/answers 502 since the new files are in place; the old ones are back/);
            expect(code).to.equal(1);
            expect(read("nginx.conf")).to.equal(nginx());
            expect(readdirSync(root)).to.not.include("cleanup-tags.sh");
            expect(calls().filter((call) => / restart nginx/.test(call))).to.have.lengthOf(2);
        });

        it("waits for a registry that needs a moment to come back", async () => {
            step.server.on(catalog, { status: 502 }, { status: 200, body: { repositories: [] } });
            expect((await run()).code).to.equal(0);
        });

        it("fails when what answers is no registry, or the check on the machine fails", async () => {
            step.server.on(catalog, { status: 200, body: "ok" });
            expect((await run()).code).to.equal(1);
            step.server.on(catalog, { status: 200, body: { repositories: [] } });
            const { code, output } = await run({ CHECK_COMMAND: "./cleanup-tags.sh && ./missing.sh" });
            expect(output).to.contain("the check on 127.0.0.1 failed: ./cleanup-tags.sh && ./missing.sh");
            expect(code).to.equal(1);
        });

        it("sends nothing to a host with another key, and nothing when a file is missing", async () => {
            const strange = await run({ SSH_HOST_KEY: strangeHostKey });
            expect(strange.output).to.contain("cannot log in to 127.0.0.1");
            const missing = await run({ FILES: "gone.yml gone.yml -\n", SSH_PORT: "1" });
            expect(missing.output).to.contain("registry/gone.yml is not in the repository");
            expect([strange.code, missing.code]).to.deep.equal([1, 1]);
            expect(readdirSync(root).sort()).to.deep.equal(["config-private.yml", "docker-compose.yml", "nginx.conf"]);
        });
    },
    ["dash"],
);
