import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { RegistryHooks } from "../../../support/registryHooks.js";

describe("the timers of the registry VM", function () {
    this.timeout(20_000);
    let vm: RegistryHooks;
    beforeEach(() => {
        vm = new RegistryHooks();
    });
    afterEach(() => vm.remove());
    const timers = ["registry-clean.timer", "registry-collect.timer"];
    const none = { retention: { timers: "none" } };
    const pushed = async (changes: object = {}) => {
        const { code, output } = await vm.push(changes);
        expect(code, output).to.equal(0);
    };
    const areGone = () => {
        expect(vm.active).to.deep.equal([]);
        expect(vm.links).to.deep.equal({});
        expect(vm.asked).to.contain("systemctl daemon-reload");
    };

    it("run after a push, and after another one", async () => {
        await pushed();
        await pushed();
        expect(vm.active).to.deep.equal(timers);
        expect(vm.links).to.include({ "registry-clean.timer": `${vm.root}/units/registry-clean.timer` });
    });

    it("have beside them what makes the registry take pushes after a loss of power, at every start of the VM", async () => {
        await pushed();
        const name = "registry-collect-end.service";
        expect(vm.links).to.have.property(`multi-user.target.wants/${name}`);
        expect(vm.active).to.not.include(name);
    });

    it("leave no registry that refuses pushes where a push has made it anew", async () => {
        await pushed();
        vm.host.put(".push/read-only", "");
        await pushed();
        expect(vm.host.read(".push/read-only")).to.equal(undefined);
    });

    it("end, and nothing of them is left, when somebody else starts the programs from now on", async () => {
        await pushed();
        await pushed(none);
        areGone();
    });

    it("go on when the push that ends them fails", async () => {
        await pushed();
        vm.silent = true;
        const { code, output } = await vm.push(none);
        expect(code).to.equal(1);
        expect(output).to.contain("the previous files are back");
        expect(vm.active).to.deep.equal(timers);
    });

    it("end again when the push that brings them fails", async () => {
        await pushed(none);
        vm.silent = true;
        const { code, output } = await vm.push();
        expect(code).to.equal(1);
        expect(output).to.contain("the previous files are back");
        areGone();
    });

    it("end again when it is the first push that fails", async () => {
        vm.silent = true;
        expect((await vm.push()).code).to.equal(1);
        areGone();
    });

    for (const [when, changes] of [
        ["", {}],
        [", though somebody else was to start the programs", none],
    ] as const) {
        it(`end when the registry is withdrawn${when}`, async () => {
            await pushed();
            const { code, output } = await vm.push(changes, "work-remove");
            expect(code, output).to.equal(0);
            areGone();
        });
    }

    it("lead to another root when the registry has moved there", async () => {
        await pushed();
        vm.root = join(vm.host.root, "moved");
        await pushed();
        expect(vm.active).to.deep.equal(timers);
        expect(Object.values(vm.links).every((target) => target.startsWith(`${vm.root}/units/`))).to.equal(true);
    });

    it("do not lead to another root after a first push there that failed, which says that nothing runs", async () => {
        await pushed();
        vm.root = join(vm.host.root, "moved");
        vm.silent = true;
        const { code, output } = await vm.push();
        expect(code).to.equal(1);
        expect(output).to.contain("nothing was here before");
        areGone();
    });

    it("are left alone where they are somebody else's", async () => {
        const own = join(vm.host.directory, "etc/registry-clean.timer");
        writeFileSync(own, "[Timer]\n");
        writeFileSync(join(vm.host.directory, "active/registry-clean.timer"), "");
        await pushed(none);
        expect((await vm.push(none, "work-remove")).code).to.equal(0);
        expect(vm.active).to.deep.equal(["registry-clean.timer"]);
    });
});
