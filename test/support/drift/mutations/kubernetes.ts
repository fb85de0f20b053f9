import { execFileSync } from "node:child_process";
import type { Mutation } from "./mutation.js";

function kubectl(args: readonly string[], input?: string): string {
    return execFileSync("kubectl", args, { encoding: "utf8", input, stdio: ["pipe", "pipe", "pipe"] });
}

type Operation = { readonly op: "add" | "remove" | "replace"; readonly path: string; readonly value?: unknown };

interface Place {
    readonly namespace: string;
    readonly kind: string;
    readonly name: string;
}

const role = (app: string, suffix = ""): Place => ({
    namespace: app,
    kind: "Role",
    name: `cicd-deployer-${app}${suffix}`,
});
const binding = (app: string, suffix = ""): Place => ({ ...role(app, suffix), kind: "RoleBinding" });
const account = (app: string): Place => ({ ...role(app), kind: "ServiceAccount" });
const probe = (kind: string, suffix = ""): Place => ({
    namespace: "monitoring",
    kind,
    name: `registry-integrity-probe${suffix}`,
});
const sync = (kind: string, suffix = ""): Place => ({ namespace: "woodpecker", kind, name: `secret-sync${suffix}` });

const credential: Place = { namespace: "registry-credentials", kind: "Secret", name: "registry-credentials" };

/** An edit by kubectl; undone by the inverse edit, where an `up` does not undo it. */
function edit(
    what: string,
    place: Place,
    operations: readonly Operation[],
    at?: RegExp,
    inverse?: readonly Operation[],
): Mutation {
    const patch = async (ops: readonly Operation[]) =>
        kubectl(["-n", place.namespace, "patch", place.kind, place.name, "--type=json", "-p", JSON.stringify(ops)]);
    return {
        system: "Kubernetes",
        what: `${what} (${place.kind})`,
        where: new RegExp(`${place.kind} ${place.namespace}/${place.name}( |$)`),
        ...(at && { at }),
        make: () => patch(operations),
        ...(inverse && { undo: () => patch(inverse) }),
    };
}

const add = (path: string, value: unknown): Operation => ({ op: "add", path, value });
const remove = (path: string): Operation => ({ op: "remove", path });
const replace = (path: string, value: unknown): Operation => ({ op: "replace", path, value });
/** An addition and its end. */
const added = (what: string, place: Place, path: string, value: unknown, at: RegExp, undone = path) =>
    edit(what, place, [add(path, value)], at, [remove(undone)]);

function gone(place: Place): Mutation {
    return {
        system: "Kubernetes",
        what: `deleted (${place.kind})`,
        where: new RegExp(`${place.kind} ${place.namespace}/${place.name}( |$)`),
        make: async () => kubectl(["-n", place.namespace, "delete", place.kind, place.name]),
    };
}

const pod = "/spec/jobTemplate/spec/template/spec";
const anyone = { kind: "Group", name: "system:authenticated", apiGroup: "rbac.authorization.k8s.io" };
const secretsRule = { apiGroups: [""], resources: ["secrets"], verbs: ["*"] };

export const inKubernetes: readonly Mutation[] = [
    added("a rule for all Secrets appended", role("website"), "/rules/-", secretsRule, /^rules\[2\]/, "/rules/2"),
    added("a verb appended", role("shop"), "/rules/0/verbs/-", "delete", /verbs\[2\]/, "/rules/0/verbs/2"),
    added(
        "a resource appended",
        role("shop", "-mint"),
        "/rules/0/resources/-",
        "secrets",
        /resources\[1\]/,
        "/rules/0/resources/1",
    ),
    added(
        "a resource name appended",
        role("website", "-mint"),
        "/rules/0/resourceNames/-",
        "default",
        /resourceNames\[1\]/,
        "/rules/0/resourceNames/1",
    ),
    added(
        "an API group appended",
        role("travel-blog", "-mint"),
        "/rules/0/apiGroups/-",
        "*",
        /apiGroups\[1\]/,
        "/rules/0/apiGroups/1",
    ),
    edit("verbs replaced", role("travel-blog"), [replace("/rules/0/verbs", ["*"])]),
    added("a subject appended", binding("website"), "/subjects/-", anyone, /subjects\[1\]/, "/subjects/1"),
    added("a subject appended", binding("shop", "-mint"), "/subjects/-", anyone, /subjects\[1\]/, "/subjects/1"),
    edit("the subject replaced", binding("shop"), [replace("/subjects/0/name", "default")]),
    gone(binding("travel-blog")),
    added(
        "a label added",
        binding("website", "-mint"),
        "/metadata/labels",
        { team: "b" },
        /labels/,
        "/metadata/labels/team",
    ),
    added(
        "an annotation added",
        account("website"),
        "/metadata/annotations",
        { x: "y" },
        /annotations/,
        "/metadata/annotations/x",
    ),
    edit("its token mounted", account("shop"), [replace("/automountServiceAccountToken", true)]),
    added("a pull secret added", account("travel-blog"), "/imagePullSecrets", [{ name: "x" }], /imagePullSecrets/),
    gone(binding("travel-blog", "-mint")),
    {
        system: "Kubernetes",
        what: "a RoleBinding of its own for a declared ServiceAccount",
        where: /RoleBinding shop\/drift-stray/,
        make: async () =>
            kubectl([
                "-n",
                "shop",
                "create",
                "rolebinding",
                "drift-stray",
                "--clusterrole=admin",
                "--serviceaccount=shop:cicd-deployer-shop",
            ]),
        undo: async () => kubectl(["-n", "shop", "delete", "rolebinding", "drift-stray"]),
    },
    {
        system: "Kubernetes",
        what: "a ClusterRoleBinding of its own for a declared ServiceAccount",
        where: /ClusterRoleBinding drift-stray/,
        make: async () =>
            kubectl([
                "create",
                "clusterrolebinding",
                "drift-stray",
                "--clusterrole=cluster-admin",
                "--serviceaccount=website:cicd-deployer-website",
            ]),
        undo: async () => kubectl(["delete", "clusterrolebinding", "drift-stray"]),
    },
    edit("the program edited", probe("ConfigMap"), [replace("/data/integrity-probe.js", "process.exit(0)")]),
    added("a key added", sync("ConfigMap"), "/data/extra.js", "1", /extra/),
    added("a key added", credential, "/data/extra", "eA==", /extra/),
    added("binary data added", probe("ConfigMap", "-alerts"), "/binaryData", { x: "aGk=" }, /binaryData/),
    edit("a rule file edited", sync("ConfigMap", "-alerts"), [replace("/data/secret-sync.yml", "groups: []")]),
    edit("the schedule changed", probe("CronJob"), [replace("/spec/schedule", "0 0 1 1 *")], /schedule/),
    added(
        "a variable added",
        probe("CronJob"),
        `${pod}/containers/0/env/-`,
        { name: "HTTP_PROXY", value: "http://evil.test" },
        /env\[\d+\]/,
        `${pod}/containers/0/env/6`,
    ),
    edit("suspended", sync("CronJob"), [replace("/spec/suspend", true)], /suspend/, [replace("/spec/suspend", false)]),
    added(
        "a container added",
        sync("CronJob"),
        `${pod}/containers/-`,
        { name: "spy", image: "spy:1" },
        /containers\[1\]/,
        `${pod}/containers/1`,
    ),
    added("the host's network", sync("CronJob"), `${pod}/hostNetwork`, true, /hostNetwork/),
    added(
        "a volume added",
        sync("CronJob"),
        `${pod}/volumes/-`,
        { name: "host", emptyDir: {} },
        /volumes\[2\]/,
        `${pod}/volumes/2`,
    ),
    added("a container made root", probe("CronJob"), `${pod}/containers/0/securityContext/runAsUser`, 0, /runAsUser/),
    added(
        "the control plane chosen",
        probe("CronJob"),
        `${pod}/nodeSelector`,
        { "node-role.kubernetes.io/control-plane": "" },
        /nodeSelector/,
    ),
    added("a node chosen", sync("CronJob"), `${pod}/nodeSelector`, { disk: "x" }, /nodeSelector/),
    gone(probe("ServiceAccount")),
];
