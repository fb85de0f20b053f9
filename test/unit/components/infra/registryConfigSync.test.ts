import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { infraScripts } from "../../../../components/infra/scripts.js";
import { describeStep } from "../../../support/infraStep.js";

const catalog = "GET /v2/_catalog";

describeStep("registry-config-sync", (step) => {
    const root = () => join(step.place.directory, "registry");
    beforeEach(() => {
        mkdirSync(root());
        // The VM is this machine: what would go there by ssh runs here.
        step.place.program("ssh", 'shift 3; exec sh -c "$*"');
        step.place.program("docker");
        step.place.put("../registry/docker-compose.yml", "services: {}\n");
        step.place.put("../registry/nginx.conf", "old\n");
        step.place.put("registry/docker-compose.yml", "services: {}\n");
        step.place.put("registry/nginx.conf", "new\n");
        step.server.on(catalog, { status: 200, body: { repositories: ["a"] } });
    });
    const run = (changes: Record<string, string> = {}) =>
        step.run(infraScripts["registry-config-sync"], {
            SOURCE_DIRECTORY: "registry",
            ROOT: root(),
            FILES: "docker-compose.yml docker-compose.yml -\nnginx.conf nginx.conf nginx\n",
            COMPOSE_FILE: "docker-compose.yml",
            NGINX_FILE: "nginx.conf",
            NGINX_SERVICE: "nginx",
            NGINX_CONFIG: "/etc/nginx/nginx.conf",
            CHECK_COMMAND: "",
            REGISTRY_URL: step.server.url,
            REGISTRY_USER: "probe",
            REGISTRY_PASSWORD: "recognisable",
            PAUSES: "0.1 0",
            SSH_HOST: "registry.example.org",
            SSH_PORT: "22",
            SSH_USER: "root",
            SSH_HOST_KEY: "ssh-ed25519 AAAA",
            SSH_KEY: "key",
            ...changes,
        });
    const nginx = () => step.place.read("../registry/nginx.conf");
    const restarts = () => step.place.calls().filter((call) => call.endsWith("restart nginx"));
    /** @param times how often the restart of nginx fails before it works */
    const failToRestart = (times: number) =>
        step.place.program(
            "docker",
            `case "$*" in *"restart nginx") [ "$(grep -c 'restart nginx$' '${step.place.directory}/calls')" -gt ${times} ] || exit 1 ;; esac`,
        );

    it("brings the files, has them read, and does so once", async () => {
        expect((await run()).code).to.equal(0);
        expect(nginx()).to.equal("new\n");
        const again = await run();
        expect(again.output).to.contain("every file is as it should be");
        expect(again.code).to.equal(0);
        expect(restarts()).to.have.lengthOf(1);
    });

    it("puts back what was there when nothing restarts with the new files, and tries them again the next time", async () => {
        failToRestart(1);
        const { code, output } = await run();
        expect(output)
            .to.contain("the new files could not be put to use on registry.example.org; the old ones are back")
            .and.not.contain("goes on running");
        expect(code).to.equal(1);
        expect(nginx()).to.equal("old\n");
        expect((await run()).code).to.equal(0);
        expect(nginx()).to.equal("new\n");
        expect(restarts()).to.have.lengthOf(3);
    });

    it("does not claim to be back when the way back fails as well, and is not content the next time", async () => {
        failToRestart(2);
        const { code, output } = await run();
        expect(output).to.match(/the way back failed too: .* may run with either/);
        expect(output).to.not.match(/are back|goes on running/);
        expect(code).to.equal(1);
        const next = await run();
        expect(next.output).to.contain("nginx.conf: an earlier run did not come to its end");
        expect(next.code).to.equal(0);
        expect(restarts()).to.have.lengthOf(3);
    });

    it("goes on running what ran when the new files are refused", async () => {
        step.place.program("docker", 'case "$*" in *" nginx -t") exit 1 ;; esac');
        const { code, output } = await run();
        expect(output).to.contain("the files are not in place on registry.example.org; what ran there goes on running");
        expect(code).to.equal(1);
        expect(nginx()).to.equal("old\n");
    });

    it("puts back what was there when the registry does not answer with the new files", async () => {
        step.server.on(catalog, { status: 502, body: "bad gateway" });
        const { code, output } = await run();
        expect(output).to.contain("answers 502 since the new files are in place; the old ones are back");
        expect(code).to.equal(1);
        expect(nginx()).to.equal("old\n");
    });

    it("blames no file when none was changed and the registry does not answer", async () => {
        await run();
        step.server.on(catalog, { status: 502, body: "bad gateway" });
        const { code, output } = await run();
        expect(output).to.match(/answers 502, and no file was changed/);
        expect(output).to.not.contain("are back");
        expect(code).to.equal(1);
        expect(nginx()).to.equal("new\n");
    });
});
