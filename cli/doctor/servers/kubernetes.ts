import { wordsOf } from "../../../jobs/lib/errors.js";
import type { Kubernetes } from "../../lib/kubernetes.js";
import { ServerDown } from "./serverDown.js";

/**
 * The cluster that `kubectl` would talk to, seen to answer.
 *
 * @throws ServerDown when it does not within the time, or does not accept the credentials
 */
export async function openKubernetes(open: () => Promise<Kubernetes>, timeoutMs: number): Promise<Kubernetes> {
    const mend = "kubectl auth whoami";
    let timer: NodeJS.Timeout | undefined;
    try {
        const cluster = await open();
        const tooLate = new Promise<never>((_, reject) => {
            timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
        });
        const firstNamespace = () => cluster.core.listNamespace({ limit: 1 });
        await Promise.race([cluster.ask("the cluster", firstNamespace), tooLate]);
        return cluster;
    } catch (error) {
        throw new ServerDown("Kubernetes", wordsOf(error), mend);
    } finally {
        clearTimeout(timer);
    }
}
