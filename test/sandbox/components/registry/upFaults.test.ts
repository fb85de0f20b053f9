import { createServer, type Server } from "node:net";
import { expect } from "chai";
import { RegistryOnVm } from "../../../support/registryVm.js";
import { RegistryVmStack } from "../../../support/registryVmStack.js";
import { waitFor } from "../../../support/waitFor.js";

/** What the engine makes of the faults that `faults.test.ts` shows on the host alone. */
describe("an up of the registry VM survives", function () {
    this.timeout(180_000);
    let vm: RegistryOnVm;
    let stack: RegistryVmStack;

    before(async function () {
        if (!RegistryOnVm.isPossible()) this.skip();
        vm = await RegistryOnVm.make();
        stack = await RegistryVmStack.start(vm);
    });
    after(async () => {
        await vm?.remove();
        await stack?.stop();
    });
    afterEach(() => {
        vm.changes = {};
    });
    const cacheOf = (url: string) => ({
        upstreams: { "docker.io": { url, port: vm.ports[2], innerPort: vm.ports[3] } },
    });
    const onDisk = async (path: string) => (await vm.ssh(`cat ${vm.root}/${path}`)).output;

    it("a full disk: it fails with the reason and the command that shows it, and the next one makes all of it", async () => {
        const { root } = vm;
        await vm.ssh(
            `mkdir -p ${root} && mount -t tmpfs -o size=32k tmpfs ${root} && head -c 20000 /dev/zero > ${root}/fill`,
        );
        const full = await stack.up();
        await vm.ssh(`umount ${root}`);
        expect(full.exitCode).to.equal(1);
        expect(full.text).to.contain("No space left on device").and.contain("nothing was changed");
        expect(full.text).to.contain(`df -h ${root}`);
        const next = await stack.up();
        expect(next.exitCode, next.text).to.equal(0);
        expect(await vm.status("/v2/")).to.equal(200);
    });

    it("a port that is taken: it fails and names the port, the registry serves on, and the next one is clean", async () => {
        const server: Server = createServer();
        const port = Number(vm.ports[4]);
        await new Promise<void>((listening) => server.listen(port, "127.0.0.1", listening));
        const before = await vm.containers();
        vm.changes = { private: { port, innerPort: vm.ports[1] } };
        const taken = await stack.up();
        server.close();
        vm.changes = {};
        expect(taken.exitCode).to.equal(1);
        expect(taken.text).to.contain(`port ${port} is taken on this host by another program`);
        expect(await vm.containers()).to.deep.equal(before);
        expect(await vm.status("/v2/")).to.equal(200);
        await isCleanAfterUp();
    });

    it("files with which the registry does not answer: it fails with the reason, and what was there is back", async () => {
        const before = await onDisk("cache/docker.io/config.yml");
        vm.changes = cacheOf("http://127.0.0.1:1");
        const { exitCode, text } = await stack.up();
        vm.changes = {};
        expect(exitCode).to.equal(1);
        expect(text).to.contain("the previous files are back");
        expect(await onDisk("cache/docker.io/config.yml")).to.equal(before);
        expect(await vm.status("/v2/")).to.equal(200);
        await isCleanAfterUp();
    });

    it("a kill between files and bounce: the next one does what is left, and no more", async () => {
        const before = await vm.containers();
        vm.changes = cacheOf(vm.otherUpstream);
        const [{ exitCode }] = await Promise.all([stack.up(), killWhenInPlace("cache/docker.io/config.yml")]);
        expect(exitCode).to.equal(1);
        expect(await onDisk("cache/docker.io/config.yml")).to.contain(vm.otherUpstream);
        expect(await vm.containers()).to.deep.equal(before);
        const next = await stack.up();
        expect(next.exitCode, next.text).to.equal(0);
        const after = await vm.containers();
        const bounced = Object.keys(after).filter((service) => after[service] !== before[service]);
        expect(bounced).to.deep.equal(["cache-docker-io"]);
        const clean = await stack.drift();
        expect(clean.exitCode, clean.text).to.equal(0);
    });

    it("another operator's push: it waits for no longer than some seconds, says who is at it, and changes nothing", async () => {
        vm.changes = { bcryptCost: 6 };
        const other = vm.push(vm.program('validate() { : > "$state/began"; sleep 12; }'));
        await waitFor("the other push to be under way", async () =>
            expect((await vm.ssh(`ls ${vm.root}/.push/began`)).code).to.equal(0),
        );
        vm.changes = { bcryptCost: 5 };
        const { exitCode, text } = await stack.upUnseen();
        expect(exitCode).to.equal(1);
        expect(text).to.match(/another push is under way on this host: process \d+ since /);
        expect((await other).code).to.equal(0);
        expect(await onDisk("private/htpasswd")).to.contain("$2b$06$");
        await isCleanAfterUp();
        expect(await onDisk("private/htpasswd")).to.contain("$2b$05$");
    });

    async function isCleanAfterUp(): Promise<void> {
        const up = await stack.up();
        expect(up.exitCode, up.text).to.equal(0);
        const { exitCode, text } = await stack.drift();
        expect(exitCode, text).to.equal(0);
    }

    /** Ends the push and all that it has started, as an outage would, as soon as a file is another one. */
    async function killWhenInPlace(path: string): Promise<void> {
        const { code, output } = await vm.ssh(
            [
                `cd ${vm.root}`,
                `before=$(stat -c %i ${path})`,
                `i=0; while [ "$(stat -c %i ${path})" = "$before" ] && [ $i -lt 6000 ]; do i=$((i + 1)); sleep 0.01; done`,
                "push=$(sed 's/process \\([0-9]*\\) .*/\\1/' .push/lock)",
                "kill -9 -$(ps -o pgid= -p $push | tr -d ' ')",
            ].join("; "),
        );
        expect(code, output).to.equal(0);
    }
});
