import { expect } from "chai";
import { RegistryOnVm } from "../../../support/registryVm.js";

describe("the collection of the private registry", function () {
    this.timeout(180_000);
    let vm: RegistryOnVm;
    before(async function () {
        if (!RegistryOnVm.isPossible()) this.skip();
        vm = await RegistryOnVm.make();
        vm.changes = { retention: { timers: "none", keepTags: 1, graceHours: 1 } };
        const { code, output } = await vm.push();
        expect(code, output).to.equal(0);
    });
    after(() => vm?.remove());

    it("has nothing to do where nothing was pushed", async () => {
        const { code, output } = await vm.ssh(`${vm.root}/bin/registry-collect`);
        expect(code, output).to.equal(0);
    });

    it("frees what the clean-up removed, keeps the rest, and leaves a registry that was restarted and takes pushes", async () => {
        const old = await vm.pushImage("team/app", "old");
        const kept = await vm.pushImage("team/app", "new");
        const before = await vm.containers();
        const tags = `${vm.root}/data/private/docker/registry/v2/repositories/team/app/_manifests`;
        await vm.ssh(
            `find ${tags} -name link -exec touch -d '2 days ago' {} +; touch -d '1 day ago' ${tags}/tags/new/current/link`,
        );
        const cleaned = await vm.ssh(`${vm.root}/bin/registry-clean`);
        expect(cleaned.output).to.contain("remove team/app:old").and.contain("removed 1 tags and 1 manifests");
        const collected = await vm.ssh(`${vm.root}/bin/registry-collect`);
        expect(collected.code, collected.output).to.equal(0);
        await vm.push();
        expect(await vm.status(`/v2/team/app/blobs/${kept}`)).to.equal(200);
        expect(await vm.status(`/v2/team/app/blobs/${old}`)).to.equal(404);
        expect((await vm.containers()).private)
            .to.match(/^running/)
            .and.not.equal(before.private);
        await vm.pushImage("team/app", "next");
    });
});
