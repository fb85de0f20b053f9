import { expect } from "chai";
import { remoteScripts } from "../../../../components/infra/scripts.js";
import { describeStep } from "../../../support/infraStep.js";

describeStep("registry-config-sync on the VM", (step) => {
    const variables =
        "root='.' compose='docker-compose.yml' nginx='nginx.conf' service='nginx' config='/etc/nginx/nginx.conf' check=''\n";
    const run = (action: string) => step.run(`action=${action} ${variables}${remoteScripts.registryVm}`, {});
    beforeEach(() => {
        step.place.put("docker-compose.yml", "services: {}\n");
        step.place.put("nginx.conf", "old\n");
        step.place.put("config-private.yml", "same\n");
        step.place.put(".incoming/docker-compose.yml", "services: {}\n");
        step.place.put(".incoming/nginx.conf", "new\n");
        step.place.put(".incoming/config-private.yml", "same\n");
        step.place.put(
            ".incoming/.plan",
            "docker-compose.yml -\nnginx.conf nginx\nconfig-private.yml registry-private\n",
        );
        step.place.program("docker");
    });

    it("checks, puts in place and restarts what changed, and nothing else", async () => {
        expect((await run("install")).code).to.equal(0);
        expect(step.place.read("nginx.conf")).to.equal("new\n");
        const calls = step.place.calls();
        expect(calls.some((call) => / run .* nginx -t$/.test(call))).to.equal(true);
        expect(calls.at(-1)).to.match(/restart nginx$/);
        expect(calls.join("\n")).to.not.match(/ up |restart registry-private/);
    });

    it("touches nothing when nginx refuses its configuration", async () => {
        step.place.program("docker", 'case "$*" in *" nginx -t"*) echo "unknown directive" >&2; exit 1 ;; esac');
        const { code, output } = await run("install");
        expect(code).to.not.equal(0);
        expect(output).to.contain("unknown directive");
        expect(step.place.read("nginx.conf")).to.equal("old\n");
        expect(step.place.calls().join("\n")).to.not.contain("restart");
    });

    it("goes back to what was there", async () => {
        await run("install");
        expect((await run("back")).code).to.equal(0);
        expect(step.place.read("nginx.conf")).to.equal("old\n");
        expect(step.place.calls().at(-1)).to.match(/restart nginx$/);
    });

    it("does nothing the second time", async () => {
        await run("install");
        const before = step.place.calls().length;
        const { output } = await run("install");
        expect(output).to.contain("every file is as it should be");
        expect(step.place.calls()).to.have.lengthOf(before);
    });
});
