import type { V1Deployment } from "@kubernetes/client-node";
import { EXTENSION_NAME } from "../../../components/woodpecker/extensionDeployment.js";
import { makeCheck } from "../check.js";
import { broken, type Finding, warning } from "../finding.js";

interface Facts {
    readonly up: string;
    readonly namespace: string;
    readonly replicas: number;
    readonly found?: V1Deployment | undefined;
}

export const secretExtension = makeCheck({
    name: "secret-extension",
    proves: "what Woodpecker asks for secrets is ready to answer",
    applies: ({ secretExtension }) => secretExtension !== undefined,
    read: async (world): Promise<Facts> => {
        const { namespace = "", replicas = 0 } = { ...world.settings.secretExtension };
        const cluster = await world.kubernetes();
        const found = await cluster.find(`Deployment ${namespace}/${EXTENSION_NAME}`, () =>
            cluster.apps.readNamespacedDeployment({ namespace, name: EXTENSION_NAME }),
        );
        return { up: world.up, namespace, replicas, found };
    },
    judge: ({ up, namespace, replicas, found }: Facts) => {
        const subject = `Deployment ${namespace}/${EXTENSION_NAME}`;
        const ready = found?.status?.readyReplicas ?? 0;
        const logs = `kubectl -n ${namespace} logs -l app.kubernetes.io/name=${EXTENSION_NAME} --tail=20`;
        const findings: Finding[] = [];
        if (!found) findings.push(broken(subject, "does not exist; Woodpecker goes on without it in silence", up));
        else if (ready === 0) {
            findings.push(broken(subject, "has no ready pod; Woodpecker goes on without it in silence", logs));
        } else if (ready < replicas) findings.push(warning(subject, `has ${ready} ready pods of ${replicas}`, logs));
        return { looked: [subject], findings };
    },
});
