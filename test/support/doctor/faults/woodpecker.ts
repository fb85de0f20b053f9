import { Cluster } from "../../cluster.js";
import { woodpecker } from "../../servers.js";
import type { Fault } from "../fault.js";

const id = (repository: string) => woodpecker.idOf(repository);

export const onWoodpecker: readonly Fault[] = [
    {
        check: "woodpecker-repositories",
        words: /acme\/travel-blog: is not active/,
        make: async () => woodpecker.api("DELETE", `/repos/${await id("acme/travel-blog")}`),
    },
    {
        check: "woodpecker-secrets",
        words: /acme\/website: the secret slack_webhook is missing/,
        make: async () => woodpecker.api("DELETE", `/repos/${await id("acme/website")}/secrets/slack_webhook`),
    },
    {
        check: "woodpecker-secrets",
        words: /acme\/website: the secret dockerhub_token is not for deployment/,
        make: async () =>
            woodpecker.api("PATCH", `/repos/${await id("acme/website")}/secrets/dockerhub_token`, {
                events: ["manual"],
            }),
    },
    {
        check: "woodpecker-agents",
        words: /statefulset woodpecker\/woodpecker-agent: ignores the ServiceAccount of deploy steps/,
        make: () => {
            const labels = { app: "woodpecker-agent" };
            const containers = [{ name: "agent", image: "woodpeckerci/woodpecker-agent:v3.17.0" }];
            const template = { metadata: { labels }, spec: { containers } };
            const spec = { replicas: 0, serviceName: "agent", selector: { matchLabels: labels }, template };
            const metadata = { name: "woodpecker-agent" };
            return Cluster.ofSandbox().apps.createNamespacedStatefulSet({
                namespace: "woodpecker",
                body: { metadata, spec },
            });
        },
    },
];
