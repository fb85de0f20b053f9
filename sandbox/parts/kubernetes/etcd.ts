import { originOf } from "../../lib/origin.js";
import type { Part } from "../../lib/part.js";
import { expectHealthy, prepareCluster } from "./cluster.js";

/** The API server's database. */
export const etcd: Part = {
    name: "etcd",
    needs: [],
    programs: ["kube", "openssl"],
    origin: async (context) => ({ ...originOf(context, "kube"), version: "3.6.16" }),
    async start(context) {
        const pki = await prepareCluster(context);
        const clients = `https://127.0.0.1:${context.port("etcd")}`;
        // The only member talks to itself here; nothing else has a reason to.
        const peers = `http://127.0.0.1:${context.port("etcd-peer")}`;
        await context.spawn({
            name: "etcd",
            command: context.bin("kube"),
            args: [
                ...["etcd", "--name", "sandbox", "--data-dir", context.directory, "--log-level", "warn"],
                ...["--listen-client-urls", clients, "--advertise-client-urls", clients],
                ...["--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers],
                ...["--initial-cluster", `sandbox=${peers}`, "--client-cert-auth"],
                ...["--trusted-ca-file", pki.authority],
                ...["--cert-file", pki.certificate("etcd"), "--key-file", pki.key("etcd")],
                // Synced writes cost seconds on a slow disk; what a power failure loses is only a sandbox.
                "--unsafe-no-fsync",
                // The default keeps 100000 entries in memory.
                ...[
                    "--snapshot-count",
                    "5000",
                    "--auto-compaction-mode",
                    "periodic",
                    "--auto-compaction-retention",
                    "5m",
                ],
            ],
            env: { GOGC: "50" },
            inputs: [pki.authority],
        });
        await context.waitUntil("etcd", () => expectHealthy(context, `${clients}/health`, "etcd-client"), {
            processName: "etcd",
        });
    },
    stop: (context) => context.stop("etcd"),
};
