import type { Registry } from "../../config/settings.js";
import { paths } from "./layout.js";

const head = "# Written by cicd-pipeline (cicd:registry); an edit here is drift.\n";
const end = "registry-collect-end";

/** Timers of the VM and what they start, by file name. */
export function units({ root, retention }: Registry): Readonly<Record<string, string>> {
    const { bin } = paths(root);
    return {
        [`${end}.service`]: `${head}[Unit]
Description=Let the private registry take pushes again after a collection that was cut off
After=docker.service

[Service]
Type=oneshot
ExecStart=${bin}/registry-collect --end

[Install]
WantedBy=multi-user.target
`,
        ...unit(
            "registry-clean",
            "Remove old tags of the private registry",
            `${bin}/registry-clean`,
            retention.cleanUp,
        ),
        ...unit(
            "registry-collect",
            "Free the space of what was removed from the private registry",
            `${bin}/registry-collect`,
            retention.collect,
            // Whatever became of the collection, the registry takes pushes again.
            [`ExecStopPost=${bin}/registry-collect --end`],
        ),
    };
}

function unit(name: string, description: string, program: string, when: string, more: readonly string[] = []) {
    return {
        // A run that was missed starts with the VM: not before the registry is what it was, and not in the way of that.
        [`${name}.service`]: `${head}[Unit]
Description=${description}
After=docker.service ${end}.service

[Service]
Type=oneshot
ExecStart=${program}
${more.map((line) => `${line}\n`).join("")}`,
        [`${name}.timer`]: `${head}[Unit]
Description=${description}

[Timer]
OnCalendar=${when}
RandomizedDelaySec=300
Persistent=true

[Install]
WantedBy=timers.target
`,
    };
}
