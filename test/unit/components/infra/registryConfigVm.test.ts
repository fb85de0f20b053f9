import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
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

    /** Makes compose fail where the restart of nginx is asked for. */
    const failToRestart = () =>
        step.place.program("docker", 'case "$*" in *"restart nginx") echo "no such container" >&2; exit 1 ;; esac');
    const restarts = () => step.place.calls().filter((call) => call.endsWith("restart nginx"));

    it("restarts again what an earlier run put in place and did not restart", async () => {
        failToRestart();
        expect((await run("install")).code).to.not.equal(0);
        step.place.program("docker");
        const { code, output } = await run("install");
        expect(output).to.contain("nginx.conf: an earlier run did not come to its end");
        expect(code).to.equal(0);
        expect(restarts()).to.have.lengthOf(2);
        expect((await run("settle")).code).to.equal(0);
        expect((await run("install")).output).to.contain("every file is as it should be");
        expect(restarts()).to.have.lengthOf(2);
    });

    it("goes back to what was there before the first of several runs that did not come to their end", async () => {
        failToRestart();
        await run("install");
        step.place.put(".incoming/nginx.conf", "newer\n");
        step.place.put(".incoming/config-private.yml", "other\n");
        await run("install");
        step.place.program("docker");
        expect((await run("back")).code).to.equal(0);
        expect(step.place.read("nginx.conf")).to.equal("old\n");
        expect(step.place.read("config-private.yml")).to.equal("same\n");
        expect(step.place.calls().slice(-2).join("\n")).to.match(/restart nginx\n.*restart registry-private$/);
    });

    it("says so where there is nothing to put back, and where the way back fails", async () => {
        const nothing = await run("back");
        expect(nothing.output).to.contain("there is nothing to put back");
        expect(nothing.code).to.equal(66);
        failToRestart();
        await run("install");
        const failed = await run("back");
        expect(step.place.read("nginx.conf")).to.equal("old\n");
        expect(failed.code).to.equal(1);
        step.place.put(".incoming/nginx.conf", "old\n");
        step.place.program("docker");
        expect((await run("install")).code, "nginx may not have read the old file again").to.equal(0);
        expect(restarts()).to.have.lengthOf(3);
    });

    it("removes again what was not there before, and needs no compose file for that", async () => {
        rmSync(join(step.place.work, "docker-compose.yml"));
        step.place.program("docker", 'case "$*" in *" up "*) exit 1 ;; esac');
        expect((await run("install")).code).to.not.equal(0);
        expect((await run("back")).code).to.equal(0);
        expect(existsSync(join(step.place.work, "docker-compose.yml"))).to.equal(false);
    });

    it("goes back to what was there", async () => {
        await run("install");
        expect((await run("back")).code).to.equal(0);
        expect(step.place.read("nginx.conf")).to.equal("old\n");
        expect(step.place.calls().at(-1)).to.match(/restart nginx$/);
    });

    it("does nothing the second time", async () => {
        await run("install");
        await run("settle");
        const before = step.place.calls().length;
        const { output } = await run("install");
        expect(output).to.contain("every file is as it should be");
        expect(step.place.calls()).to.have.lengthOf(before);
    });
});
