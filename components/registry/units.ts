import type { Registry } from "../../config/settings.js";
import { paths } from "./layout.js";

/** Timers of the VM, by file name. */
export function units({ root, retention }: Registry): Readonly<Record<string, string>> {
    const { bin } = paths(root);
    return {
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
    const head = "# Written by cicd-pipeline (cicd:registry); an edit here is drift.\n";
    return {
        [`${name}.service`]: `${head}[Unit]
Description=${description}
After=docker.service

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
