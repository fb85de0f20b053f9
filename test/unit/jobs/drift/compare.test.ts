import { expect } from "chai";
import * as fc from "fast-check";
import { strayBindings } from "../../../../jobs/drift/audit/kubernetes/bindings.js";
import { extrasOf, RUN_TIME_FIELDS } from "../../../../jobs/drift/audit/kubernetes/compare.js";
import { jsonPointer, pathText } from "../../../../jobs/drift/audit/kubernetes/paths.js";

type Json = Record<string, unknown>;

const metadata = { name: "x", namespace: "web", labels: { app: "x" } };

/** Paths of what a live object has beyond the declared one. @param foreign fields that somebody else wrote */
function extras(declared: Json, live: Json, foreign?: Json): string[] {
    const managedFields = [
        { manager: "pulumi-kubernetes-1234", operation: "Apply", fieldsV1: {} },
        ...(foreign ? [{ manager: "kubectl-edit", operation: "Update", fieldsV1: foreign }] : []),
    ];
    const served = { ...live, metadata: { uid: "1", resourceVersion: "7", ...(live.metadata as Json), managedFields } };
    return extrasOf(declared, served, (manager) => manager.startsWith("pulumi-kubernetes")).map(({ path }) =>
        pathText(path),
    );
}

const role = {
    kind: "Role",
    metadata,
    rules: [
        { apiGroups: ["apps"], resources: ["deployments"], verbs: ["get", "patch"] },
        { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] },
    ],
};
const secretsRule = { apiGroups: [""], resources: ["secrets"], verbs: ["*"] };

describe("what a Kubernetes object has beyond what is declared", () => {
    it("is nothing for the object itself", () => {
        fc.assert(
            fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (spec) => {
                const object = JSON.parse(JSON.stringify({ kind: "Thing", metadata, spec })) as Json;
                expect(extras(object, object)).to.deep.equal([]);
            }),
        );
    });

    it("is a rule, wherever it was put", () => {
        expect(extras(role, { ...role, rules: [...role.rules, secretsRule] })).to.deep.equal(["rules[2]"]);
        expect(extras(role, { ...role, rules: [secretsRule, ...role.rules] })).to.deep.equal(["rules[0]"]);
    });

    it("is a verb, a resource or a group within a rule", () => {
        const [first, second] = role.rules;
        const live = { ...role, rules: [{ ...first, verbs: ["get", "patch", "delete"] }, second] };
        expect(extras(role, live)).to.deep.equal(["rules[0].verbs[2]"]);
    });

    it("is a subject", () => {
        const one = { kind: "ServiceAccount", name: "deployer", namespace: "web" };
        const binding = { metadata, roleRef: { kind: "Role", name: "x" }, subjects: [one] };
        const live = {
            metadata,
            roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "x" },
            subjects: [one, { kind: "Group", name: "system:authenticated" }],
        };
        expect(extras(binding, live)).to.deep.equal(["subjects[1]"]);
    });

    it("is a label or an annotation, but not the system's own", () => {
        const live = {
            ...role,
            metadata: {
                ...metadata,
                labels: { app: "x", team: "b", "kubernetes.io/metadata.name": "x" },
                annotations: { note: "y", "deployment.kubernetes.io/revision": "3", "pulumi.com/x": "" },
            },
        };
        expect(extras(role, live)).to.deep.equal(["metadata.labels.team", "metadata.annotations.note"]);
    });

    it("is a key of a ConfigMap or a Secret", () => {
        const files = { metadata, data: { "a.js": "1" } };
        expect(extras(files, { metadata, data: { "a.js": "1", "b.js": "2" } })).to.deep.equal(['data["b.js"]']);
        expect(extras(files, { metadata, data: { "a.js": "1" }, binaryData: { x: "aa" } })).to.deep.equal([
            "binaryData.x",
        ]);
        const login = { metadata, stringData: { password: "p" } };
        expect(extras(login, { metadata, type: "Opaque", data: { password: "cA==" } })).to.deep.equal([]);
        expect(extras(login, { metadata, data: { password: "cA==", extra: "eA==" } })).to.deep.equal(["data.extra"]);
    });

    it("is a key of a Secret that somebody else wrote, where all that is declared is sealed", () => {
        const sealed = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "v1:x" };
        const live = { metadata, data: { password: "cA==", extra: "eA==" } };
        for (const declared of [{ data: sealed }, { stringData: sealed }, { stringData: { password: sealed } }]) {
            expect(extras({ metadata, ...declared }, { metadata, data: { password: "cA==" } })).to.deep.equal([]);
            const found = extras({ metadata, ...declared }, live, { "f:data": { "f:extra": {} } });
            expect(found).to.deep.equal(["data.extra"]);
        }
    });

    it("is a container, a volume or a variable", () => {
        const declared = { metadata, spec: { containers: [{ name: "a", env: [{ name: "X", value: "1" }] }] } };
        const live = {
            metadata,
            spec: {
                containers: [
                    { name: "spy", image: "spy" },
                    {
                        name: "a",
                        env: [
                            { name: "X", value: "1" },
                            { name: "PROXY", value: "http://evil.test" },
                        ],
                    },
                ],
                volumes: [{ name: "host", hostPath: { path: "/" } }],
            },
        };
        const foreign = { "f:spec": { "f:volumes": { 'k:{"name":"host"}': { "f:hostPath": {} } } } };
        expect(extras(declared, live, foreign)).to.deep.equal([
            "spec.containers[1].env[1]",
            "spec.containers[0]",
            "spec.volumes",
        ]);
    });

    it("is a field that somebody else wrote, unless it says what is so anyhow", () => {
        const declared = { kind: "CronJob", metadata, spec: { schedule: "* * * * *" } };
        const live = {
            kind: "CronJob",
            metadata,
            spec: { schedule: "* * * * *", suspend: true, concurrencyPolicy: "Allow" },
        };
        const foreign = { "f:spec": { "f:suspend": {}, "f:concurrencyPolicy": {} } };
        expect(extras(declared, live, foreign)).to.deep.equal(["spec.suspend"]);
        expect(extras(declared, live)).to.deep.equal([]);
        expect(extras(declared, { ...live, spec: { ...live.spec, suspend: false } }, foreign)).to.deep.equal([]);
    });

    it("is a zero that is a choice", () => {
        const declared = { metadata, spec: { selector: {} } };
        const foreign = { "f:spec": { "f:replicas": {} }, "f:automountServiceAccountToken": {} };
        expect(extras(declared, { metadata, spec: { selector: {}, replicas: 0 } }, foreign)).to.deep.equal([
            "spec.replicas",
        ]);
    });

    it("is a container as root, and pods on another node, though both are said with zeros", () => {
        const pod = { securityContext: { runAsNonRoot: true, runAsUser: 65_534 }, containers: [{ name: "a" }] };
        const declared = { metadata, spec: pod };
        const root = { runAsUser: 0, runAsNonRoot: false };
        const control = { "node-role.kubernetes.io/control-plane": "" };
        const live = {
            metadata,
            spec: { ...pod, nodeSelector: control, containers: [{ name: "a", securityContext: root }] },
        };
        const context = { "f:securityContext": { "f:runAsUser": {}, "f:runAsNonRoot": {} } };
        const foreign = { "f:spec": { "f:containers": { 'k:{"name":"a"}': context } } };
        expect(extras(declared, live, foreign)).to.have.members([
            "spec.containers[0].securityContext",
            'spec.nodeSelector["node-role.kubernetes.io/control-plane"]',
        ]);
    });

    it("is a label without a value", () => {
        const declared = { metadata: { name: "x" } };
        expect(extras(declared, { metadata: { name: "x", labels: { skip: "" } } })).to.deep.equal([
            "metadata.labels.skip",
        ]);
    });

    it("is not a request that repeats the limit", () => {
        const [declared, live] = [{ limits: { cpu: "1" } }, { limits: { cpu: "1" }, requests: { cpu: "1" } }].map(
            (resources) => ({ metadata, spec: { containers: [{ name: "a", resources }] } }),
        );
        expect(extras(declared ?? {}, live ?? {})).to.deep.equal([]);
    });

    it("is that it is being deleted", () => {
        const live = { ...role, metadata: { ...metadata, deletionTimestamp: "2026-11-24T00:00:00Z" } };
        expect(extras(role, live)).to.deep.equal(["metadata.deletionTimestamp"]);
    });

    it("is not what the program lets something write at run time", () => {
        const annotations = { [RUN_TIME_FIELDS]: 'binaryData["history.json.gz"]' };
        const declared = { metadata: { ...metadata, annotations } };
        const live = { metadata: declared.metadata, binaryData: { "history.json.gz": "aa", other: "bb" } };
        expect(extras(declared, live)).to.deep.equal(["binaryData.other"]);
    });

    it("is found whatever its order among what is declared", () => {
        const items = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,5}$/), { minLength: 1, maxLength: 6 });
        fc.assert(
            fc.property(items, fc.nat(), (verbs, at) => {
                const position = at % (verbs.length + 1);
                const declared = { metadata, rules: [{ verbs }] };
                const live = { metadata, rules: [{ verbs: verbs.toSpliced(position, 0, "IMPERSONATE") }] };
                expect(extras(declared, live)).to.deep.equal([`rules[0].verbs[${position}]`]);
            }),
        );
    });

    it("is told as a path that kubectl takes", () => {
        expect(jsonPointer(["metadata", "annotations", "a/b~c", 0])).to.equal("/metadata/annotations/a~1b~0c/0");
    });
});

describe("bindings in no state", () => {
    const account = { kind: "ServiceAccount", name: "deployer", namespace: "web" };
    const roleRef = { kind: "ClusterRole", name: "cluster-admin" };

    it("count when they name a declared ServiceAccount", () => {
        const live = [
            { metadata: { name: "declared", namespace: "web" }, subjects: [account], roleRef },
            { metadata: { name: "stray" }, subjects: [{ kind: "User", name: "u" }, account], roleRef },
            { metadata: { name: "elsewhere", namespace: "db" }, subjects: [{ ...account, namespace: "db" }], roleRef },
            { metadata: { name: "empty" }, roleRef },
        ];
        const stray = strayBindings(live, new Set(["web/declared"]), [account]);
        expect(stray.map(({ metadata }) => metadata.name)).to.deep.equal(["stray"]);
    });
});
