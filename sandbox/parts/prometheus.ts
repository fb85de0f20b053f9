import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { writeAtomically } from "../lib/files.js";
import { request } from "../lib/http.js";
import { originOf } from "../lib/origin.js";
import type { Part } from "../lib/part.js";

/** Evaluates the pushed metrics; rules are read from `<its directory>/rules/*.yml` on POST /-/reload. */
export const prometheus: Part = {
    name: "prometheus",
    needs: ["pushgateway"],
    programs: ["prometheus"],
    origin: async (context) => originOf(context, "prometheus"),
    async start(context) {
        const host = `127.0.0.1:${context.port("prometheus")}`;
        const rules = join(context.directory, "rules");
        const configuration = join(context.directory, "prometheus.yml");
        mkdirSync(rules, { recursive: true });
        writeAtomically(
            configuration,
            stringify({
                global: { scrape_interval: "2s", evaluation_interval: "2s" },
                rule_files: [join(rules, "*.yml")],
                scrape_configs: [
                    {
                        job_name: "pushgateway",
                        // The labels that a job pushed with are its own, not those of the gateway.
                        honor_labels: true,
                        static_configs: [{ targets: [`127.0.0.1:${context.port("pushgateway")}`] }],
                    },
                ],
            }),
        );
        await context.spawn({
            name: "prometheus",
            command: context.bin("prometheus"),
            args: [
                `--config.file=${configuration}`,
                `--storage.tsdb.path=${join(context.directory, "data")}`,
                "--storage.tsdb.retention.time=1d",
                `--web.listen-address=${host}`,
                "--web.enable-lifecycle",
                "--log.level=warn",
            ],
            inputs: [configuration],
        });
        await context.waitUntil("Prometheus", () => request(`http://${host}/-/ready`), { processName: "prometheus" });
    },
    stop: (context) => context.stop("prometheus"),
};
