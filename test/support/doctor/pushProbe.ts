import { Deadline } from "../../../jobs/lib/deadline.js";
import { HttpClient } from "../../../jobs/lib/http.js";
import { gauge } from "../../../jobs/lib/metrics.js";
import { push } from "../../../jobs/lib/pushgateway.js";
import { environment } from "../servers.js";

/** What a walk through the registry leaves at the Pushgateway. @param failure an image it found broken */
export async function pushProbe(failure?: Readonly<Record<string, string>>): Promise<void> {
    const http = new HttpClient({ connections: 1 });
    const name = "registry_manifest_integrity";
    await push(http, new Deadline(30), {
        gateway: new URL(environment("PUSHGATEWAY_URL")),
        group: { job: "registry-integrity-probe", instance: "sandbox" },
        gauges: [
            gauge(`${name}_last_run_timestamp`, "When the last walk ended.", Date.now() / 1000),
            gauge(`${name}_catalog_accessible`, "Whether the repositories could be listed.", 1),
            ...(failure
                ? [
                      {
                          name: `${name}_failure_info`,
                          help: "An image that is broken.",
                          samples: [{ labels: failure, value: 1 }],
                      },
                  ]
                : []),
        ],
    });
    http.close();
}
