import { join } from "node:path";
import { expect } from "chai";
import { loadAlertRules } from "../../../../sandbox/demo/alertRules.js";
import { runCronJob } from "../../../../sandbox/demo/cronJobs.js";
import { locate } from "../../../../sandbox/lib/places.js";
import { Cluster } from "../../../support/cluster.js";
import { RegistryStorage } from "../../../support/registryStorage.js";
import { environment } from "../../../support/servers.js";
import { demandSuccess, stack } from "../../../support/stack.js";
import { waitFor } from "../../../support/waitFor.js";

interface Alert {
    readonly state: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
}

/** All of it as it is declared: the CronJob's pod template, the alert rules, the registry, Pushgateway and Prometheus. */
describe("an image that breaks in the sandbox's registry", function () {
    this.timeout("4m");
    const places = locate();
    const repository = "sandbox-test/broken";
    let storage: RegistryStorage;

    before(async function () {
        if (!(await Cluster.ofSandbox().isReal())) {
            console.log("      skipped: the node is simulated on this machine, where no container runs");
            return this.skip();
        }
        storage = new RegistryStorage(join(places.state, "registry", "data"));
        await stack.select();
        demandSuccess(await stack.up("--refresh", "--run-program"));
    });
    after(async () => {
        if (!storage) return;
        storage.removeRepository(repository);
        await probe();
    });

    const probe = async () => {
        const { succeeded, summary } = await runCronJob("monitoring", "registry-integrity-probe", process.env as never);
        expect(succeeded, summary).to.equal(true);
        return JSON.parse(summary) as { broken: Record<string, string>[] };
    };
    const ours = async (): Promise<Alert[]> => {
        const response = await fetch(`${environment("PROMETHEUS_URL")}/api/v1/alerts`);
        const { data } = (await response.json()) as { data: { alerts: Alert[] } };
        return data.alerts.filter(({ labels }) => labels.repository === repository);
    };

    it("raises the declared alert, which names it, and ends it after the repair", async () => {
        expect(await loadAlertRules(places, process.env as never)).to.include.members([
            "RegistryManifestIntegrityFailure",
            "RegistryIntegrityProbeStale",
            "RegistryCatalogInaccessible",
        ]);
        const index = storage.addIndex(repository, "v1");
        expect((await probe()).broken.filter((each) => each.repository === repository)).to.deep.equal([]);
        expect(await ours()).to.deep.equal([]);

        storage.remove(storage.revisionLink(repository, index.arm64.digest));
        expect((await probe()).broken.find((each) => each.repository === repository)).to.include({
            tag: "v1",
            digest: index.arm64.digest,
            platform: "linux/arm64",
            class: "missing_child",
        });
        const [alert] = await waitFor("the alert", async () => {
            const alerts = await ours();
            if (alerts.length === 0) throw new Error("no alert yet");
            return alerts;
        });
        expect(alert?.labels).to.include({
            alertname: "RegistryManifestIntegrityFailure",
            tag: "v1",
            digest: index.arm64.digest,
            class: "missing_child",
        });
        // Two runs of a quarter of an hour pass before it fires.
        expect(alert?.state).to.be.oneOf(["pending", "firing"]);
        expect(Object.values(alert?.annotations ?? {}).join("\n")).to.contain(`${repository}:v1`);

        storage.removeRepository(repository);
        expect((await probe()).broken.filter((each) => each.repository === repository)).to.deep.equal([]);
        await waitFor("the end of the alert", async () => expect(await ours()).to.deep.equal([]));
    });
});
