import { type Path, shapeText } from "./paths.js";

type Value = unknown;
/** Whether a value that nobody declared is what the server itself puts there. */
type Default = (value: Value) => boolean;

const is =
    (...allowed: readonly Value[]): Default =>
    (value) =>
        allowed.includes(value);
const anything: Default = () => true;

/** By the end of the path, without positions. */
const table: readonly (readonly [suffix: string, expected: Default])[] = [
    // of any object
    ["metadata.creationTimestamp", anything],
    // pods
    ["restartPolicy", is("Always")],
    ["terminationGracePeriodSeconds", is(30)],
    ["dnsPolicy", is("ClusterFirst")],
    ["schedulerName", is("default-scheduler")],
    ["enableServiceLinks", is(true)],
    ["preemptionPolicy", is("PreemptLowerPriority")],
    ["terminationMessagePath", is("/dev/termination-log")],
    ["terminationMessagePolicy", is("File")],
    ["imagePullPolicy", is("IfNotPresent", "Always")],
    ["ports[].protocol", is("TCP")],
    ["Probe.timeoutSeconds", is(1)],
    ["Probe.periodSeconds", is(10)],
    ["Probe.successThreshold", is(1)],
    ["Probe.failureThreshold", is(3)],
    ["httpGet.scheme", is("HTTP")],
    ["fieldRef.apiVersion", is("v1")],
    ["hostPath.type", is("")],
    ["configMap.defaultMode", is(0o644)],
    ["secret.defaultMode", is(0o644)],
    ["projected.defaultMode", is(0o644)],
    ["downwardAPI.defaultMode", is(0o644)],
    ["serviceAccountToken.expirationSeconds", is(3600)],
    // workloads
    ["spec.replicas", is(1)],
    ["spec.revisionHistoryLimit", is(10)],
    ["spec.progressDeadlineSeconds", is(600)],
    ["strategy.type", is("RollingUpdate")],
    ["rollingUpdate.maxSurge", is("25%")],
    ["rollingUpdate.maxUnavailable", is("25%")],
    ["spec.concurrencyPolicy", is("Allow")],
    ["spec.suspend", is(false)],
    ["spec.successfulJobsHistoryLimit", is(3)],
    ["spec.failedJobsHistoryLimit", is(1)],
    ["spec.backoffLimit", is(6, 2_147_483_647)],
    ["spec.completions", is(1)],
    ["spec.parallelism", is(1)],
    ["spec.completionMode", is("NonIndexed")],
    ["spec.podReplacementPolicy", is("TerminatingOrFailed", "Failed")],
    // services and networks
    ["spec.clusterIP", anything],
    ["spec.clusterIPs", anything],
    ["spec.ipFamilies", anything],
    ["spec.ipFamilyPolicy", anything],
    ["spec.sessionAffinity", is("None")],
    ["spec.internalTrafficPolicy", is("Cluster")],
    ["spec.externalTrafficPolicy", is("Cluster")],
    ["spec.type", is("ClusterIP")],
    ["ports[].targetPort", anything],
    ["ports[].nodePort", anything],
    ["spec.policyTypes", anything],
    // access
    ["roleRef.apiGroup", is("rbac.authorization.k8s.io")],
    ["subjects[].apiGroup", is("", "rbac.authorization.k8s.io")],
    ["type", is("Opaque")],
    ["spec.failurePolicy", is("Fail")],
    ["matchConstraints.matchPolicy", is("Equivalent")],
    ["Rules[].scope", is("*")],
    // namespaces
    ["spec.finalizers", (value) => JSON.stringify(value) === '["kubernetes"]'],
];

/** Labels and annotations that the cluster's own parts write. */
const systemKeys: readonly RegExp[] = [
    /^kubernetes\.io\/metadata\.name$/,
    /^deployment\.kubernetes\.io\/revision$/,
    /^kubernetes\.io\/(service-account\.|config\.)/,
    /^(batch|node|endpoints|pv|volume|control-plane\.alpha)\.kubernetes\.io\//,
    /^([a-z]+\.)?kyverno\.io\//,
    /^prometheus-operator-validated$/,
    /^pulumi\.com\//,
];

/** Top-level keys and metadata that the server keeps for itself. */
const serverFields = new Set([
    "apiVersion",
    "kind",
    "status",
    "metadata.uid",
    "metadata.name",
    "metadata.namespace",
    "metadata.resourceVersion",
    "metadata.generation",
    "metadata.creationTimestamp",
    "metadata.managedFields",
    "metadata.selfLink",
    "metadata.generateName",
]);

export function isServerField(path: Path): boolean {
    return serverFields.has(shapeText(path));
}

export function isSystemKey(key: string): boolean {
    return systemKeys.some((pattern) => pattern.test(key));
}

/**
 * Whether the server would have put this value there by itself. A zero, a `false` or an empty text is a choice like any
 * other: no replicas, no token, the user root.
 *
 * @param siblings the object that holds it, for defaults that repeat another field
 */
export function isDefault(path: Path, value: Value, siblings: Readonly<Record<string, Value>>): boolean {
    if (isNothing(value)) return true;
    const shape = shapeText(path);
    if (table.some(([suffix, expected]) => `.${shape}`.endsWith(`.${suffix}`) && expected(value))) return true;
    // `Probe.x` stands for livenessProbe.x and its likes, `Rules[].x` for the rule lists of admission.
    if (table.some(([suffix, expected]) => /^[A-Z]/.test(suffix) && shape.endsWith(suffix) && expected(value)))
        return true;
    const last = path.at(-1);
    if (last === "serviceAccount") return value === siblings.serviceAccountName;
    if (repeatsLimits(path, value, siblings)) return true;
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
        const inner = value as Readonly<Record<string, Value>>;
        return Object.entries(inner).every(([key, each]) => isDefault([...path, key], each, inner));
    }
    return false;
}

/** The server asks for as much as is allowed, where nothing else is said. */
export function repeatsLimits(path: Path, value: Value, siblings: Readonly<Record<string, Value>>): boolean {
    return path.at(-1) === "requests" && JSON.stringify(value) === JSON.stringify(siblings.limits);
}

/** Nothing at all, or what means the same as nothing. */
export function isEmpty(value: Value): boolean {
    return value === "" || value === false || value === 0 || isNothing(value);
}

function isNothing(value: Value): boolean {
    if (value === null || value === undefined) return true;
    if (Array.isArray(value)) return value.length === 0;
    return typeof value === "object" && Object.keys(value).length === 0;
}
