export interface Sample {
    readonly labels?: Readonly<Record<string, string>>;
    readonly value: number;
}

/** One gauge with all its samples; a family without samples is left out of the text. */
export interface Gauge {
    readonly name: string;
    readonly help: string;
    /** @default "gauge" */
    readonly type?: "gauge" | "counter";
    readonly samples: readonly Sample[];
}

/** A gauge of one sample without labels. */
export function gauge(name: string, help: string, value: number): Gauge {
    return { name, help, samples: [{ value }] };
}

/** The same families with labels that all of their samples have besides their own. */
export function withLabels(families: readonly Gauge[], labels: Readonly<Record<string, string>>): Gauge[] {
    return families.map((family) => ({
        ...family,
        samples: family.samples.map(({ labels: own, value }) => ({ labels: { ...labels, ...own }, value })),
    }));
}

/** Prometheus text format. Ends in a newline: the Pushgateway refuses a body without one. */
export function renderMetrics(gauges: readonly Gauge[]): string {
    return gauges
        .filter(({ samples }) => samples.length > 0)
        .flatMap(renderGauge)
        .map((line) => `${line}\n`)
        .join("");
}

function renderGauge({ name, help, type = "gauge", samples }: Gauge): string[] {
    return [
        `# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`,
        `# TYPE ${name} ${type}`,
        ...samples.map(({ labels = {}, value }) => `${name}${renderLabels(labels)} ${value}`),
    ];
}

function renderLabels(labels: Readonly<Record<string, string>>): string {
    const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
    return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeLabel(value: string): string {
    // CR has no escape of its own, and the Pushgateway refuses it
    return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n").replaceAll("\r", " ");
}
