import { expect } from "chai";
import { waitFor } from "../../support/waitFor.js";
import { uniqueName } from "./engine.js";
import { type Identity, KubernetesServer } from "./kubernetesServer.js";
import { PlainProject } from "./plainCli.js";

const count = 10;

describe("a killed up", function () {
    this.timeout(180_000);
    const server = new KubernetesServer();
    const namespace = uniqueName("interruption");
    const space: Identity = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
    const config = (name: string): Identity => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace } });
    const project = new PlainProject({
        "index.ts": `
import * as k8s from "@pulumi/kubernetes";
const provider = new k8s.Provider("kubernetes", { upsertExistingObjects: true, enablePatchForce: true });
let dependsOn: k8s.core.v1.ConfigMap[] = [];
for (let i = 0; i < ${count}; i++) {
    const metadata = { name: "part-" + i, namespace: "${namespace}" };
    dependsOn = [new k8s.core.v1.ConfigMap("part-" + i, { metadata, data: { i: String(i) } }, { provider, dependsOn })];
}
`,
    });

    before(async () => {
        await server.create({ ...space });
        expect((await project.run("stack", "init")).exitCode).to.equal(0);
    });
    after(async () => {
        await server.delete(space);
        project.remove();
    });

    for (const point of [1, 8]) {
        it(`leaves no process behind at part ${point}, and the next one converges`, async () => {
            const child = project.start("up", "--yes", "--skip-preview");
            await waitFor(
                `part ${point}`,
                async () => {
                    const made = await server.read(config(`part-${point}`));
                    expect(made ?? (child.exitCode === null ? undefined : "already over")).to.not.equal(undefined);
                },
                90,
            );
            child.kill("SIGKILL");
            await waitFor("plugins and program to end", () => expect(project.processes).to.deep.equal([]));

            await project.run("cancel", "--yes");
            const up = await project.run("up", "--yes", "--skip-preview");
            expect(up.exitCode, up.text).to.equal(0);
            const clean = await project.run("preview", "--refresh", "--run-program", "--expect-no-changes");
            expect(clean.exitCode, clean.text).to.equal(0);
            expect(await server.read(config(`part-${count - 1}`))).to.not.equal(undefined);

            const destroyed = await project.run("destroy", "--yes", "--skip-preview");
            expect(destroyed.exitCode, destroyed.text).to.equal(0);
            expect(await server.read(config("part-0"))).to.equal(undefined);
        });
    }
});
