import { paint, table } from "../lib/output.js";
import type { Diagnosis } from "./diagnose.js";
import type { Severity } from "./finding.js";

const COLOURS = { broken: "red", warning: "yellow", unknown: "yellow" } as const;
const ORDER: readonly Severity[] = ["broken", "warning", "unknown"];

/** What was found with how to mend it, then what is in order, then the sum. */
export function textOf({ checks, down, seconds }: Diagnosis): string {
    const findings = checks.flatMap(({ check, findings }) => findings.map((finding) => ({ check, ...finding })));
    const ordered = ORDER.flatMap((severity) => findings.filter((finding) => finding.severity === severity));
    const blocks = [
        ...ordered.map(({ severity, check, subject, found, mend }) =>
            block(severity, check, `${subject}: ${found}`, mend),
        ),
        ...down.map(({ server, reason, mend, leftOut }) =>
            block("unknown", server, `${reason}; left out: ${leftOut.join(", ")}`, mend),
        ),
    ];
    const sound = checks.filter(({ state }) => state === "ok");
    const rows = sound.map(({ check, proves, looked }) => [paint("green", "ok"), check, String(looked.length), proves]);
    const counts = ORDER.flatMap((severity) => {
        const extra = severity === "unknown" ? down.length : 0;
        const count = findings.filter((finding) => finding.severity === severity).length + extra;
        return count === 0 ? [] : [`${count} ${severity}`];
    });
    const sum = `${checks.length} checks in ${seconds.toFixed(1)} s: ${counts.join(", ") || "nothing found"}`;
    return [...blocks, ...(rows.length > 0 ? [table(["STATE", "CHECK", "LOOKED AT", "PROVES"], rows)] : []), sum].join(
        "\n\n",
    );
}

function block(severity: Severity, name: string, text: string, mend: string): string {
    return `${paint(COLOURS[severity], severity.padEnd(7))}  ${paint("bold", name)}  ${text}\n         mend: ${paint("cyan", mend)}`;
}
