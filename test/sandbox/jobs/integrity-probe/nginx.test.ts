import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { Ledger } from "../../../../jobs/integrity-probe/ledger.js";
import { broken, probe } from "../../../support/probe.js";
import { usePrograms } from "../../../support/programs.js";
import { login, RealRegistry, type Served } from "../../../support/realRegistry.js";

/** As on the registry VM: nginx ends TLS and asks for the login, and the registry behind it does neither. */
describe("the integrity probe on a registry behind nginx", function () {
    this.timeout(60_000);
    let registry: RealRegistry;
    let behind: Served;
    let front: Served;

    before(async () => {
        await usePrograms("nginx");
        registry = RealRegistry.create();
        for (const name of ["team/app", "team/site", "web"]) registry.storage.addIndex(name, "v1");
        behind = await registry.serve({ cache: true, auth: false, tls: false });
        front = await registry.front(behind.url);
    });
    after(() => registry?.stop());

    const log = () => readFileSync(join(registry.directory, "access.log"), "utf8");
    const walk = (changes: Partial<Parameters<typeof probe>[1]> = {}, url = front.url): Promise<Ledger> =>
        probe(url, { ca: registry.ca, credentials: login, ...changes });

    it("sees everything, with a login that is sent unasked", async () => {
        const before = log().length;
        const ledger = await walk();
        expect(ledger.troubles).to.deep.equal([]);
        expect(ledger.complete).to.equal(true);
        expect(ledger.counts).to.deep.include({ repositories: 3, tags: 3, children: 9, blobs: 18 });
        const statuses = log()
            .slice(before)
            .match(/(?<=" )\d{3}(?= )/g);
        expect(statuses).to.include("206");
        expect(statuses).to.not.include("401");
    });

    it("finds a child whose data is gone, and a blob that only the registry's cache still has", async () => {
        const { repository, arm64, amd64 } = registry.storage.addIndex("case/broken", "v1");
        expect(broken(await walk())).to.deep.equal([]);
        registry.storage.remove(registry.storage.data(arm64.digest));
        registry.storage.remove(registry.storage.data(amd64.layer.digest));
        const found = broken(await walk());
        registry.storage.removeRepository(repository);
        expect(found).to.have.members([
            "case/broken:v1 linux/arm64 missing_child",
            "case/broken:v1 linux/amd64 truncated_blob",
        ]);
    });

    it("takes a refused login and nginx's own answers for trouble, and never for a finding", async () => {
        const refused = await walk({ credentials: { ...login, password: "wrong" } });
        expect(refused.complete).to.equal(false);
        expect(refused.troubles.join()).to.contain("401");
        const elsewhere = await walk({}, new URL("registry/", front.url));
        expect(elsewhere.complete).to.equal(false);
        expect(elsewhere.troubles.join()).to.match(/answers 200 and is not a registry/);
        for (const ledger of [refused, elsewhere]) expect(broken(ledger)).to.deep.equal([]);
    });

    it("calls nothing broken when the registry behind nginx goes away", async () => {
        await behind.stop();
        const ledger = await walk();
        expect(ledger.complete).to.equal(false);
        expect(ledger.troubles.join()).to.contain("502");
        expect(broken(ledger)).to.deep.equal([]);
    });
});
