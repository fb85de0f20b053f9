import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { RuleGroups } from "../../components/monitoring/alertRule.js";
import { freePort, ServerProcess } from "./server.js";
import { waitFor } from "./waitFor.js";

export interface PrometheusOptions {
    /** Where its files lie. */
    readonly directory: string;
    readonly rules: RuleGroups;
    /** Entries of `scrape_configs`. */
    readonly scrapes: readonly object[];
}

export interface Alert {
    readonly state: string;
    readonly labels: Readonly<Record<string, string>>;
}

/** A real Prometheus that looks every second, and for which an alert needs no time to fire: minutes are too long for a test. */
export class Prometheus {
    readonly #url: string;

    private constructor(
        url: string,
        private readonly server: ServerProcess,
    ) {
        this.#url = url;
    }

    static async start({ directory, rules, scrapes }: PrometheusOptions): Promise<Prometheus> {
        const impatient = {
            groups: rules.groups.map((group) => ({ ...group, rules: group.rules.map((r) => ({ ...r, for: "0s" })) })),
        };
        writeFileSync(join(directory, "rules.yml"), stringify(impatient));
        const configuration = {
            global: { scrape_interval: "1s", evaluation_interval: "1s" },
            rule_files: ["rules.yml"],
            scrape_configs: scrapes,
        };
        writeFileSync(join(directory, "prometheus.yml"), stringify(configuration));
        const host = `127.0.0.1:${await freePort()}`;
        const args = [
            `--config.file=${join(directory, "prometheus.yml")}`,
            `--storage.tsdb.path=${join(directory, "tsdb")}`,
            `--web.listen-address=${host}`,
            "--log.level=error",
        ];
        const url = `http://${host}`;
        const answers = async () => {
            if (!(await fetch(`${url}/-/ready`)).ok) throw new Error("not ready");
        };
        return new Prometheus(url, await ServerProcess.start("prometheus", args, answers));
    }

    /** Waits until just these alerts fire. */
    async fires(...names: readonly string[]): Promise<void> {
        await waitFor(`the alerts ${names.join(", ") || "to end"}`, async () => {
            const alerts = await this.alerts();
            const firing = alerts
                .filter(({ state }) => state === "firing")
                .map(({ labels }) => labels.alertname ?? "")
                .sort();
            if (firing.join() !== [...names].sort().join()) throw new Error(`these fire: ${firing.join(", ")}`);
        });
    }

    stop(): Promise<void> {
        return this.server.stop();
    }

    async alerts(): Promise<readonly Alert[]> {
        const response = await fetch(`${this.#url}/api/v1/alerts`);
        const { data } = (await response.json()) as { data: { alerts: Alert[] } };
        return data.alerts;
    }
}
