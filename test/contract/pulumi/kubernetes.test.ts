import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { endsWith } from "../../support/outcome.js";
import { waitFor } from "../../support/waitFor.js";
import { Engine, uniqueName } from "./engine.js";
import { type Identity, KubernetesServer } from "./kubernetesServer.js";

const secretText = "planted-secret-text";
const secretSetting = "planted-secret-setting";
const rbac = "rbac.authorization.k8s.io/v1";

interface Settings {
    readonly enablePatchForce?: boolean;
    readonly enableConfigMapMutable?: boolean;
    readonly data?: string;
    readonly subject?: string;
    readonly roleName?: string;
}

describe("kubernetes plugin", function () {
    this.timeout(180_000);
    const server = new KubernetesServer();
    const namespace = uniqueName("kubernetes");
    const identity = (apiVersion: string, kind: string, name = "x"): Identity => ({
        apiVersion,
        kind,
        metadata: { name, namespace },
    });

    const program =
        (settings: Settings = {}) =>
        async () => {
            const { data = "1", subject = "x", roleName = "x", ...options } = settings;
            const opts = { provider: new k8s.Provider("kubernetes", options) };
            const parent = new k8s.core.v1.Namespace("namespace", { metadata: { name: namespace } }, opts);
            const metadata = { name: "x", namespace: parent.metadata.name };
            new k8s.core.v1.ServiceAccount("account", { metadata, automountServiceAccountToken: false }, opts);
            new k8s.rbac.v1.Role(
                "role",
                { metadata, rules: [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["get", "patch"] }] },
                opts,
            );
            new k8s.rbac.v1.RoleBinding(
                "binding",
                {
                    metadata,
                    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: roleName },
                    subjects: [{ kind: "ServiceAccount", name: subject, namespace }],
                },
                opts,
            );
            new k8s.core.v1.ConfigMap("config", { metadata, data: { key: data } }, opts);
            new k8s.core.v1.Secret("secret", { metadata, stringData: { text: secretText } }, opts);
            new k8s.core.v1.ConfigMap(
                "named-by-pulumi",
                { metadata: { namespace: parent.metadata.name }, data: { setting: pulumi.secret(secretSetting) } },
                opts,
            );
            // Zero values and quantities, which the server writes in a form of its own.
            new k8s.batch.v1.CronJob(
                "cron",
                {
                    metadata,
                    spec: {
                        schedule: "0 0 1 1 *",
                        suspend: true,
                        jobTemplate: {
                            spec: {
                                backoffLimit: 0,
                                template: {
                                    spec: {
                                        hostNetwork: false,
                                        restartPolicy: "Never",
                                        containers: [
                                            {
                                                name: "main",
                                                image: "none:1",
                                                env: [],
                                                resources: { limits: { cpu: "1000m", memory: "1024Mi" } },
                                                volumeMounts: [{ name: "tmp", mountPath: "/tmp", readOnly: false }],
                                            },
                                        ],
                                        volumes: [{ name: "tmp", emptyDir: {} }],
                                    },
                                },
                            },
                        },
                    },
                },
                opts,
            );
        };

    const replaceVerbs = () =>
        server.patch({
            ...identity(rbac, "Role"),
            rules: [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["*"] }],
        });

    let engine: Engine;
    before(async () => {
        engine = await Engine.start(program());
    });
    after(() => engine.stop());

    it("creates everything, and finds nothing to do afterwards, neither in the state nor in the cluster", async () => {
        const created = await engine.up();
        expect(created.exitCode, created.text).to.equal(0);
        await endsWith(0, engine.preview());
        const drift = await engine.drift();
        expect(drift.exitCode, drift.text).to.equal(0);
    });

    it("keeps secrets encrypted in state, history and backups", () => {
        const { stored } = engine;
        expect(stored).to.include(namespace);
        for (const planted of [secretText, Buffer.from(secretText).toString("base64"), secretSetting]) {
            expect(stored).to.not.include(planted);
        }
    });

    it("takes an edit by kubectl for a conflict, which fails the preview although up repairs it", async () => {
        await replaceVerbs();
        const drift = await engine.drift();
        expect(drift.exitCode).to.equal(1);
        expect(drift.text).to.include('conflict with "kubectl-patch"');
        await endsWith(0, engine.up({ refresh: true }));
        await endsWith(0, engine.drift());
    });

    it("with enablePatchForce takes the same edit for drift, and mends it", async () => {
        engine.program = program({ enablePatchForce: true });
        await endsWith(0, engine.up());
        await replaceVerbs();
        const drift = await engine.drift();
        expect(drift.exitCode, drift.text).to.equal(7);
        expect(drift.changes).to.deep.equal({ role: "update" });
        await endsWith(0, engine.up({ refresh: true }));
        const role = await server.read<{ rules: { verbs: string[] }[] }>(identity(rbac, "Role"));
        expect(role?.rules[0]?.verbs).to.deep.equal(["get", "patch"]);
        await endsWith(0, engine.drift());
    });

    it("creates again what was deleted", async () => {
        await server.delete(identity(rbac, "Role"));
        const drift = await engine.drift();
        expect(drift.exitCode).to.equal(7);
        expect(drift.changes).to.deep.equal({ role: "create" });
        await endsWith(0, engine.up({ refresh: true }));
        await endsWith(0, engine.drift());
    });

    it("does not see a rule, a subject or an annotation that was added", async () => {
        const own = { apiGroups: ["apps"], resources: ["deployments"], verbs: ["get", "patch"] };
        const added = { apiGroups: [""], resources: ["secrets"], verbs: ["*"] };
        await server.patch({ ...identity(rbac, "Role"), rules: [own, added] });
        await server.patch({
            ...identity(rbac, "RoleBinding"),
            subjects: [
                { kind: "ServiceAccount", name: "x", namespace },
                { kind: "User", name: "intruder", apiGroup: "rbac.authorization.k8s.io" },
            ],
        });
        const account = identity("v1", "ServiceAccount");
        await server.patch({
            ...account,
            metadata: { ...account.metadata, annotations: { added: "yes" } },
        } as Identity & Record<string, unknown>);
        const drift = await engine.drift();
        expect(drift.exitCode, drift.text).to.equal(0);
    });

    it("ignores drift without a refresh", async () => {
        await replaceVerbs();
        const { exitCode, changes } = await engine.up();
        expect(exitCode).to.equal(0);
        expect(changes).to.deep.equal({});
        expect((await engine.up({ refresh: true })).changes).to.deep.equal({ role: "update" });
    });

    it("replaces a ConfigMap for other data, unless ConfigMaps are mutable", async () => {
        engine.program = program({ enablePatchForce: true, data: "2" });
        expect((await engine.preview()).changes.config).to.be.oneOf([
            "replace",
            "create-replacement",
            "delete-replaced",
        ]);
        engine.program = program({ enablePatchForce: true, enableConfigMapMutable: true, data: "2" });
        const { exitCode, changes, text } = await engine.up();
        expect(exitCode, text).to.equal(0);
        expect(changes).to.deep.equal({ config: "update" });
        const config = await server.read<{ data: { key: string } }>(identity("v1", "ConfigMap"));
        expect(config?.data.key).to.equal("2");
    });

    it("updates a binding's subjects in place and replaces it for another role", async () => {
        const options = { enablePatchForce: true, enableConfigMapMutable: true, data: "2" };
        engine.program = program({ ...options, subject: "y" });
        expect((await engine.preview()).changes).to.deep.equal({ binding: "update" });
        engine.program = program({ ...options, roleName: "y" });
        expect((await engine.preview()).changes.binding).to.be.oneOf([
            "replace",
            "create-replacement",
            "delete-replaced",
        ]);
        engine.program = program(options);
    });

    it("refuses an object that exists, and takes it over with upsertExistingObjects", async () => {
        const taken = identity("v1", "ConfigMap", "taken");
        await server.create({ ...taken, data: { key: "theirs", kept: "yes" } });
        const adopt = (upsertExistingObjects: boolean) => async () => {
            const provider = new k8s.Provider("kubernetes", { upsertExistingObjects, enablePatchForce: true });
            const { metadata } = taken;
            new k8s.core.v1.ConfigMap("taken", { metadata, data: { key: "ours" } }, { provider });
        };
        const other = await Engine.start(adopt(false));
        try {
            const refused = await other.up();
            expect(refused.exitCode).to.not.equal(0);
            expect(refused.text).to.include("already exists");
            other.program = adopt(true);
            const adopted = await other.up();
            expect(adopted.exitCode, adopted.text).to.equal(0);
            const config = await server.read<{ data: Record<string, string> }>(taken);
            expect(config?.data).to.deep.equal({ key: "ours", kept: "yes" });
            await endsWith(0, other.drift());
        } finally {
            await other.stop();
        }
        expect(await server.read(taken)).to.equal(undefined);
    });

    it("previews a custom resource before its definition is there, and creates it after it", async () => {
        const group = `${namespace}.example.org`;
        const other = await Engine.start(async () => {
            const definition = new k8s.apiextensions.v1.CustomResourceDefinition("definition", {
                metadata: { name: `things.${group}` },
                spec: {
                    group,
                    scope: "Namespaced",
                    names: { plural: "things", singular: "thing", kind: "Thing" },
                    versions: [
                        {
                            name: "v1",
                            served: true,
                            storage: true,
                            schema: { openAPIV3Schema: { type: "object", x_kubernetes_preserve_unknown_fields: true } },
                        },
                    ],
                },
            });
            new k8s.apiextensions.CustomResource(
                "thing",
                { apiVersion: `${group}/v1`, kind: "Thing", metadata: { name: "x", namespace }, spec: { size: 1 } },
                { dependsOn: definition },
            );
        });
        try {
            expect((await other.preview()).changes).to.deep.equal({ definition: "create", thing: "create" });
            const created = await other.up();
            expect(created.exitCode, created.text).to.equal(0);
            await endsWith(0, other.drift());
        } finally {
            await other.stop();
        }
    });

    it("waits until a deleted object is gone", async () => {
        const held = identity("v1", "ConfigMap", "held");
        const other = await Engine.start(async () => {
            const metadata = { ...held.metadata, finalizers: ["example.org/hold"] };
            new k8s.core.v1.ConfigMap("held", { metadata, data: {} });
        });
        await endsWith(0, other.up());
        const stopped = other.stop();
        await waitFor("the deletion to begin", async () => {
            const config = await server.read(held);
            expect(config?.metadata?.deletionTimestamp).to.not.equal(undefined);
        });
        await server.patch({ ...held, metadata: { ...held.metadata, finalizers: null } } as never);
        await stopped;
        expect(await server.read(held)).to.equal(undefined);
    });
});
