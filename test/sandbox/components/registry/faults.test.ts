import { createServer, type Server } from "node:net";
import { expect } from "chai";
import { RegistryOnVm } from "../../../support/registryVm.js";
import { waitFor } from "../../../support/waitFor.js";

/** Ends the push that runs it, as an outage would: the worker and this hook, without a word. */
const killed = "apply() {\n    kill -9 $(sed 's/process \\([0-9]*\\) .*/\\1/' \"$state/lock\") $$\n}";

describe("a push to the registry VM survives", function () {
    this.timeout(180_000);
    let vm: RegistryOnVm;
    before(async function () {
        if (!RegistryOnVm.isPossible()) this.skip();
        vm = await RegistryOnVm.make();
        const { code, output } = await vm.push();
        expect(code, output).to.equal(0);
    });
    after(() => vm?.remove());
    afterEach(() => {
        vm.changes = {};
        vm.secrets = {};
    });
    const otherPort = (port: number) => ({ private: { port, innerPort: vm.ports[1] } });
    const untouched = async (before: Record<string, string>) => {
        vm.changes = {};
        vm.secrets = {};
        expect(await vm.containers()).to.deep.equal(before);
        expect(await vm.status("/v2/")).to.equal(200);
    };

    it("an nginx configuration that nginx refuses: nothing is touched", async () => {
        const before = await vm.containers();
        // The certificate of somebody else's key.
        vm.secrets = { "certificate-key": vm.secret("ssh-key") };
        const { code, output } = await vm.push();
        expect(code).to.equal(1);
        expect(output).to.contain("nginx refuses its configuration").and.contain("nothing was changed");
        await untouched(before);
    });

    it("a port that is taken: nothing is touched, and the port is named", async () => {
        const server: Server = createServer();
        const port = Number(vm.ports[4]);
        await new Promise<void>((listening) => server.listen(port, "127.0.0.1", listening));
        try {
            const before = await vm.containers();
            vm.changes = otherPort(port);
            const { code, output } = await vm.push();
            expect(code).to.equal(1);
            expect(output).to.contain(`port ${port} is taken on this host by another program`);
            await untouched(before);
        } finally {
            server.close();
        }
    });

    it("an image that cannot be had: nothing is touched", async () => {
        const before = await vm.containers();
        const missing = vm.images.registry.replace(/@.*/, `@sha256:${"0".repeat(64)}`);
        const { code, output } = await vm.push(vm.program().replaceAll(vm.images.registry, missing));
        expect(code).to.equal(1);
        expect(output).to.contain(`the image ${missing} cannot be had`);
        await untouched(before);
    });

    it("a registry that does not answer with the new files: the old files and containers are back", async () => {
        vm.changes = {
            upstreams: { "docker.io": { url: "http://127.0.0.1:1", port: vm.ports[2], innerPort: vm.ports[3] } },
        };
        const program = vm.program().replace("set -eu", "set -eu\nexport VERIFY_SECONDS=4");
        const { code, output } = await vm.push(program);
        expect(code).to.equal(1);
        expect(output)
            .to.match(/answers 502 instead of 200/)
            .and.contain("the previous files are back");
        vm.changes = {};
        expect((await vm.ssh(`cat ${vm.root}/cache/docker.io/config.yml`)).output).to.not.contain("127.0.0.1:1\n");
        await waitFor("the cache", async () => expect((await vm.containers())["cache-docker-io"]).to.match(/^running/));
        expect(await vm.status("/v2/")).to.equal(200);
    });

    it("a kill between files and bounce: the next one does the rest", async () => {
        const before = await vm.containers();
        vm.changes = {
            upstreams: { "docker.io": { url: vm.otherUpstream, port: vm.ports[2], innerPort: vm.ports[3] } },
        };
        const { code } = await vm.push(vm.program(killed));
        expect(code).to.not.equal(0);
        expect((await vm.ssh(`cat ${vm.root}/cache/docker.io/config.yml`)).output).to.contain(vm.otherUpstream);
        expect(await vm.containers()).to.deep.equal(before);
        const next = await vm.push();
        expect(next.code, next.output).to.equal(0);
        expect(next.output).to.contain("going on where an interrupted push ended");
        const after = await vm.containers();
        expect(Object.keys(after).filter((service) => after[service] !== before[service])).to.deep.equal([
            "cache-docker-io",
        ]);
        vm.changes = {};
        await vm.push();
    });

    it("a connection that is cut in the middle: the push goes on to its end", async () => {
        const cut = new AbortController();
        vm.changes = { bcryptCost: 6 };
        const slow = vm.program('validate() { : > "$state/began"; sleep 3; }');
        const pushing = vm.push(slow, { signal: cut.signal });
        await waitFor(
            "the push to be under way",
            async () => expect((await vm.ssh(`ls ${vm.root}/.push/began`)).code).to.equal(0),
            30,
        );
        cut.abort();
        await pushing;
        await waitFor(
            "the push to end",
            async () => expect((await vm.ssh(`cat ${vm.root}/private/htpasswd`)).output).to.contain("$2b$06$"),
            60,
        );
        await waitFor("its log", async () =>
            expect((await vm.ssh(`cat ${vm.root}/.push/log`)).output).to.contain("verified: "),
        );
    });

    it("two operators at once: one of them is told to wait", async () => {
        vm.changes = { bcryptCost: 4 };
        const slow = vm.program("validate() { sleep 8; }");
        const results = await Promise.all([vm.push(slow), vm.push(slow)]);
        const [done, refused] = results.sort((a, b) => (a.code ?? 0) - (b.code ?? 0));
        expect(done?.code, done?.output).to.equal(0);
        expect(refused?.output).to.match(/another push is under way on this host: process \d+ since /);
        expect(await vm.status("/v2/")).to.equal(200);
    });

    it("a full disk: nothing is touched, and it says so", async () => {
        const small = `${vm.root}/small`;
        await vm.ssh(
            `mkdir -p ${small} && mount -t tmpfs -o size=32k tmpfs ${small} && head -c 20000 /dev/zero > ${small}/fill`,
        );
        const { code, output } = await vm.push(vm.program().replaceAll(vm.root, small));
        await vm.ssh(`umount ${small} && rmdir ${small}`);
        expect(code).to.equal(1);
        expect(output)
            .to.match(/No space left on device/)
            .and.contain("nothing was changed")
            .and.contain(`df -h ${small}`);
    });
});
