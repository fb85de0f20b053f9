import { join } from "node:path";
import { request } from "../lib/http.js";
import { originOf } from "../lib/origin.js";
import type { Part } from "../lib/part.js";

/** Takes the metrics of jobs, which are gone before anybody could ask them. */
export const pushgateway: Part = {
    name: "pushgateway",
    needs: [],
    programs: ["prometheus-pushgateway"],
    origin: async (context) => originOf(context, "prometheus-pushgateway"),
    async start(context) {
        const host = `127.0.0.1:${context.port("pushgateway")}`;
        await context.spawn({
            name: "pushgateway",
            command: context.bin("prometheus-pushgateway"),
            args: [
                `--web.listen-address=${host}`,
                `--persistence.file=${join(context.directory, "metrics")}`,
                "--persistence.interval=10s",
                // Tests start from no metrics at all.
                "--web.enable-admin-api",
                "--log.level=warn",
            ],
        });
        await context.waitUntil("the Pushgateway", () => request(`http://${host}/-/ready`), {
            processName: "pushgateway",
        });
    },
    stop: (context) => context.stop("pushgateway"),
};
