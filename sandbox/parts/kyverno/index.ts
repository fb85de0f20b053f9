import { readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { AdmissionregistrationV1Api, CoordinationV1Api } from "@kubernetes/client-node";
import { writeAtomically } from "../../lib/files.js";
import { originOf } from "../../lib/origin.js";
import type { Part, PartContext } from "../../lib/part.js";
import { run } from "../../lib/run.js";
import { adminClient, adminKubeconfig } from "../kubernetes/cluster.js";
import { accessOf } from "./access.js";
import { admissionDeployment, fingerprintOf, kyvernoNamespace, manifestObjects } from "./manifest.js";

const backgroundController = "kyverno-background-controller";
const account = (controller: string) => `system:serviceaccount:${kyvernoNamespace}:kyverno-${controller}-controller`;
const appliedValue = "KYVERNO_MANIFEST";

/** Kyverno's admission and background controllers, as processes with the tokens of their ServiceAccounts. */
export const kyverno: Part = {
    name: "kyverno",
    needs: ["kube-apiserver", "kube-controller-manager"],
    programs: ["kube", "kyverno", "kyverno-background", "kyverno-manifest"],
    origin: async (context) => originOf(context, "kyverno"),
    async start(context) {
        await install(context);
        await startAdmission(context);
        await startBackground(context);
        const client = adminClient(context);
        const hooks = client.makeApiClient(AdmissionregistrationV1Api);
        const leases = client.makeApiClient(CoordinationV1Api);
        const ready = `https://127.0.0.1:${context.port("kyverno")}/health/readiness`;
        await context.waitUntil("Kyverno's admission controller", () => expectReady(ready), {
            processName: "kyverno-admission",
            timeoutSeconds: 120,
        });
        await context.waitUntil("Kyverno to look at policies", () =>
            hooks.readValidatingWebhookConfiguration({ name: "kyverno-policy-validating-webhook-cfg" }),
        );
        await context.waitUntil(
            "Kyverno's background controller",
            () => leases.readNamespacedLease({ namespace: kyvernoNamespace, name: backgroundController }),
            { processName: "kyverno-background" },
        );
    },
    async stop(context) {
        await context.stop("kyverno-admission");
        await context.stop("kyverno-background");
    },
};

/** Definitions, rights and settings, once for each release. */
async function install(context: PartContext): Promise<void> {
    const text = readFileSync(context.bin("kyverno-manifest"), "utf8");
    const fingerprint = fingerprintOf(text);
    if (context.values.get(appliedValue) === fingerprint) return;
    const items = manifestObjects(text);
    const file = join(context.directory, "manifest.json");
    writeAtomically(file, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
    context.say(`applying ${items.length} objects of Kyverno's manifest`);
    // The client library leaves fields out of definitions whose names it spells in another way.
    const args = ["kubectl", "apply", "--server-side", "--force-conflicts", "--validate=false", "--filename", file];
    await run(context.bin("kube"), [...args, "--kubeconfig", adminKubeconfig(context)], {
        env: { HOME: context.directory },
    });
    context.values.set(appliedValue, fingerprint);
}

async function startAdmission(context: PartContext): Promise<void> {
    const kubeconfig = await accessOf(context, admissionDeployment, join(context.directory, "admission.kubeconfig"));
    const port = String(context.port("kyverno"));
    await context.spawn({
        name: "kyverno-admission",
        command: context.bin("kyverno"),
        args: [
            ...["--kubeconfig", kubeconfig, "--serverIP", `127.0.0.1:${port}`],
            ...["--webhookServerHost", "127.0.0.1", "--webhookServerPort", port],
            ...["--caSecretName", `kyverno-svc.${kyvernoNamespace}.svc.kyverno-tls-ca`],
            ...["--tlsSecretName", `kyverno-svc.${kyvernoNamespace}.svc.kyverno-tls-pair`],
            ...["--backgroundServiceAccountName", account("background")],
            ...["--reportsServiceAccountName", account("reports")],
            // The API server outlives Kyverno here: what it cannot ask must not stop it.
            "--forceFailurePolicyIgnore=true",
            ...common(context, "kyverno-metrics"),
            "--admissionReports=false",
        ],
        env: {
            ...names(context),
            KYVERNO_POD_NAME: "kyverno-admission",
            KYVERNO_SERVICEACCOUNT_NAME: admissionDeployment,
            KYVERNO_ROLE_NAME: "kyverno:admission-controller",
            KYVERNO_DEPLOYMENT: admissionDeployment,
        },
        inputs: [kubeconfig],
    });
}

async function startBackground(context: PartContext): Promise<void> {
    const kubeconfig = await accessOf(context, backgroundController, join(context.directory, "background.kubeconfig"));
    await context.spawn({
        name: "kyverno-background",
        command: context.bin("kyverno-background"),
        args: ["--kubeconfig", kubeconfig, ...common(context, "kyverno-background-metrics")],
        env: {
            ...names(context),
            KYVERNO_POD_NAME: "kyverno-background",
            KYVERNO_SERVICEACCOUNT_NAME: backgroundController,
            KYVERNO_DEPLOYMENT: backgroundController,
        },
        inputs: [kubeconfig],
    });
}

function common(context: PartContext, metrics: "kyverno-metrics" | "kyverno-background-metrics"): string[] {
    return [
        // Its metrics server cannot be switched off.
        ...["--metricsHost", "127.0.0.1", "--metricsPort", String(context.port(metrics))],
        ...["--controllerRuntimeMetricsAddress", "0", "--loggingFormat", "json", "--v", "2"],
    ];
}

/** What its Deployments give it to find its own objects by. */
function names(context: PartContext): Record<string, string> {
    return {
        KYVERNO_NAMESPACE: kyvernoNamespace,
        INIT_CONFIG: "kyverno",
        METRICS_CONFIG: "kyverno-metrics",
        KYVERNO_SVC: "kyverno-svc",
        TUF_ROOT: join(context.directory, "tuf"),
        GOGC: "40",
    };
}

/** Its certificate is its own; who answers matters less here than whether. */
function expectReady(url: string): Promise<void> {
    return new Promise((resolve, reject) => {
        const call = request(url, { rejectUnauthorized: false, agent: false, timeout: 5000 }, (response) => {
            response.resume();
            if (response.statusCode === 200) resolve();
            else reject(new Error(`${url} answers ${response.statusCode}`));
        });
        call.once("timeout", () => call.destroy(new Error(`${url} does not answer`)));
        call.once("error", reject);
        call.end();
    });
}
