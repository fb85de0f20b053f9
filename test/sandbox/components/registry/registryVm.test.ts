import { expect } from "chai";
import { hostKey as strangeHostKey } from "../../../support/registrySettings.js";
import { RegistryOnVm } from "../../../support/registryVm.js";
import { RegistryVmStack } from "../../../support/registryVmStack.js";
import { TcpRelay } from "../../../support/tcpRelay.js";

describe("the registry VM, declared", function () {
    this.timeout(300_000);
    let vm: RegistryOnVm;
    let stack: RegistryVmStack;
    let relay: TcpRelay;

    before(async function () {
        if (!RegistryOnVm.isPossible()) this.skip();
        vm = await RegistryOnVm.make();
        stack = await RegistryVmStack.start(vm);
        relay = await TcpRelay.start(vm.settings.ssh.port);
        stack.sshPort = relay.port;
    });
    after(async () => {
        await vm?.remove();
        await stack?.stop();
        await relay?.stop();
    });

    it("is made from nothing, and answers through the front door", async () => {
        const { exitCode, text } = await stack.up();
        expect(exitCode, text).to.equal(0);
        expect(await vm.status("/v2/", null)).to.equal(401);
        expect(await vm.status("/v2/", { username: "ci", password: "wrong" })).to.equal(401);
        expect(await vm.status("/v2/_catalog")).to.equal(200);
        expect(Object.keys(await vm.containers()).sort()).to.deep.equal(["cache-docker-io", "nginx", "private"]);
    });

    it("keeps its secrets out of state, command lines and what is printed", async () => {
        for (const secret of [vm.login.password, "BEGIN PRIVATE KEY", "BEGIN OPENSSH PRIVATE KEY"]) {
            expect(stack.stored).to.not.contain(secret);
        }
        expect((await vm.ssh(`grep -rl 'pass .word' ${vm.root} --exclude-dir=data`)).output).to.equal("");
    });

    it("is clean at a second look", async () => {
        const { exitCode, text, changes } = await stack.drift();
        expect(exitCode, text).to.equal(0);
        expect(changes).to.deep.equal({});
    });

    it("costs one connection where nothing has to be done", async () => {
        relay.connections = 0;
        const { exitCode, text, changes } = await stack.up();
        expect(exitCode, text).to.equal(0);
        expect(changes).to.deep.equal({});
        expect(relay.connections).to.equal(1);
    });

    const kinds: [string, (root: string, project: string) => string, string][] = [
        ["a changed file", (root) => `echo '# by hand' >> ${root}/nginx/nginx.conf`, "nginx/nginx.conf"],
        ["a removed file", (root) => `rm ${root}/private/htpasswd`, "private/htpasswd"],
        ["another mode", (root) => `chmod 644 ${root}/private/config.yml`, "private/config.yml"],
        ["another owner", (root) => `chown nobody ${root}/docker-compose.yml`, "docker-compose.yml"],
        ["a stopped container", (_root, project) => `docker stop -t 1 ${project}-cache-docker-io-1`, "cache-docker-io"],
        [
            "a container of another image",
            (_root, project) =>
                `docker rm -f ${project}-private-1 && docker run -d --network none --name ${project}-private-1 --label com.docker.compose.project=${project} --label com.docker.compose.service=private --entrypoint nginx $(docker inspect -f '{{.Image}}' ${project}-nginx-1) -e stderr -c /dev/null -g 'daemon off; events {}'`,
            "private",
        ],
        ["an extra file", (root) => `echo stray > ${root}/stray.sh`, "stray.sh"],
    ];
    for (const [what, change, name] of kinds) {
        it(`shows and names ${what}`, async () => {
            const done = await vm.ssh(change(vm.root, vm.root.slice(5)));
            expect(done.code, done.output).to.equal(0);
            const { exitCode, text } = await stack.drift();
            expect(exitCode, text).to.equal(7);
            expect(text).to.contain(name);
        });
    }

    it("mends all of that by one up, but for the extra file, which it leaves alone", async () => {
        const { exitCode, text } = await stack.up();
        expect(exitCode, text).to.equal(0);
        expect(text).to.contain("stray.sh");
        expect(await vm.status("/v2/_catalog")).to.equal(200);
        const states = Object.values(await vm.containers()).map((state) => state.split(" ")[0]);
        expect(states).to.deep.equal(["running", "running", "running"]);
        expect((await vm.ssh(`cat ${vm.root}/stray.sh`)).output).to.equal("stray\n");
        const clean = await stack.drift();
        expect(clean.exitCode, clean.text).to.equal(0);
    });

    it("bounces one service for one changed file, and none for a user's new password", async () => {
        const before = await vm.containers();
        vm.login.password = "another one";
        expect((await stack.upUnseen()).exitCode).to.equal(0);
        expect(await vm.containers()).to.deep.equal(before);
        expect(await vm.status("/v2/")).to.equal(200);
        vm.changes = {
            upstreams: { "docker.io": { url: vm.otherUpstream, port: vm.ports[2], innerPort: vm.ports[3] } },
        };
        expect((await stack.upUnseen()).exitCode).to.equal(0);
        const after = await vm.containers();
        const bounced = Object.keys(after).filter((service) => after[service] !== before[service]);
        expect(bounced).to.deep.equal(["cache-docker-io"]);
    });

    it("refuses a host that shows another key, and sends it nothing", async () => {
        stack.hostKey = strangeHostKey;
        const { exitCode, text } = await stack.upUnseen();
        stack.hostKey = undefined;
        expect(exitCode).to.not.equal(0);
        expect(text).to.match(/host key|HOST IDENTIFICATION|knownhosts|Host key verification/i);
        expect(await vm.status("/v2/")).to.equal(200);
        expect((await stack.drift()).exitCode, "the right key still serves").to.equal(0);
    });

    it("comes back on a machine that was rebuilt from nothing", async () => {
        await vm.remove();
        const { exitCode, text } = await stack.drift();
        expect(exitCode, text).to.equal(7);
        const up = await stack.up();
        expect(up.exitCode, up.text).to.equal(0);
        expect(await vm.status("/v2/")).to.equal(200);
    });

    it("goes away again, but for the images", async () => {
        const { exitCode, text } = await stack.destroy();
        expect(exitCode, text).to.equal(0);
        expect(await vm.containers()).to.deep.equal({});
        const { output } = await vm.ssh(`cd ${vm.root} && find . -type f -not -path './data/*'; ls`);
        expect(output.trim().split("\n").sort()).to.include("data").and.not.include("./docker-compose.yml");
    });
});
