import type { V1EnvVar } from "@kubernetes/client-node";
import { makeCheck } from "../check.js";
import { broken, type Finding } from "../finding.js";

export const ALLOW_SERVICE_ACCOUNT = "WOODPECKER_BACKEND_K8S_SERVICE_ACCOUNT_NAME_ALLOW_FROM_STEP";

interface Agent {
    readonly name: string;
    /** Seconds since the epoch. */
    readonly last_contact: number;
    readonly no_schedule: boolean;
}

interface Facts {
    readonly url: string;
    readonly namespace: string;
    readonly agents: readonly Agent[];
    /** Workloads of agents in the cluster; none when they run elsewhere. */
    readonly workloads: readonly { readonly kind: string; readonly name: string; readonly env: readonly V1EnvVar[] }[];
    /** Seconds since the epoch. */
    readonly now: number;
}

/** An agent reports every ten seconds or so. */
const SILENT_SECONDS = 120;

export const woodpeckerAgents = makeCheck({
    name: "woodpecker-agents",
    proves: "an agent is connected, and runs deploy steps as their ServiceAccount",
    applies: ({ delivery }) => delivery !== undefined,
    read: async (world): Promise<Facts> => {
        const [woodpecker, cluster] = await Promise.all([world.woodpecker(), world.kubernetes()]);
        const { namespace = "", url = "" } = world.settings.woodpecker ?? {};
        const agents = await woodpecker.pages<Agent>("agents?perPage=50", 50);
        const [sets, deployments] = await Promise.all([
            cluster.ask("StatefulSets", () => cluster.apps.listNamespacedStatefulSet({ namespace })),
            cluster.ask("Deployments", () => cluster.apps.listNamespacedDeployment({ namespace })),
        ]);
        const workloads = [
            ...sets.items.map((item) => ({ kind: "statefulset", item })),
            ...deployments.items.map((item) => ({ kind: "deployment", item })),
        ].flatMap(({ kind, item }) => {
            const containers = item.spec?.template.spec?.containers ?? [];
            const agent = containers.find(({ image = "", name }) => /woodpecker-agent/.test(image) || name === "agent");
            return agent ? [{ kind, name: item.metadata?.name ?? "", env: agent.env ?? [] }] : [];
        });
        return { url, namespace, agents, workloads, now: Date.now() / 1000 };
    },
    judge: ({ url, namespace, agents, workloads, now }: Facts) => {
        const alive = agents.filter((agent) => !agent.no_schedule && now - agent.last_contact < SILENT_SECONDS);
        const findings: Finding[] = [];
        const [workload] = workloads;
        if (alive.length === 0) {
            const silent = agents.map((agent) =>
                agent.no_schedule
                    ? `${agent.name} takes no work`
                    : `${agent.name} was last heard of ${ago(now - agent.last_contact)}`,
            );
            const restart = workload
                ? `kubectl -n ${namespace} rollout restart ${workload.kind}/${workload.name}`
                : `open ${url}/admin/agents`;
            findings.push(
                broken("agents", silent.join("; ") || "there is none: every pipeline waits for ever", restart),
            );
        }
        for (const { kind, name, env } of workloads) {
            const flag = env.find((variable) => variable.name === ALLOW_SERVICE_ACCOUNT);
            if (flag?.value === "true" || flag?.valueFrom) continue;
            findings.push(
                broken(
                    `${kind} ${namespace}/${name}`,
                    "ignores the ServiceAccount of deploy steps (Woodpecker 3.16 or later): their login at Vault fails",
                    `kubectl -n ${namespace} set env ${kind}/${name} ${ALLOW_SERVICE_ACCOUNT}=true`,
                ),
            );
        }
        const looked = [
            ...agents.map(({ name }) => `agent ${name}`),
            ...workloads.map(({ kind, name }) => `${kind} ${name}`),
        ];
        return { looked, findings };
    },
});

function ago(seconds: number): string {
    return seconds < 7200 ? `${Math.round(seconds / 60)} minutes ago` : `${Math.round(seconds / 3600)} hours ago`;
}
