/** One query of a chart. */
export interface Query {
    readonly expr: string;
    /** With `{{label}}` in it. */
    readonly legend: string;
}

/** One chart: a number, a line over time, or a table of what there is now. */
export interface Chart {
    readonly kind: "number" | "lines" | "table";
    readonly title: string;
    /** What it means when it is not as usual. */
    readonly description: string;
    /** Grafana's name of the unit. @default a plain number */
    readonly unit?: "s" | "percentunit" | "bytes" | "h" | "reqps";
    /** Red from this value on. */
    readonly badFrom?: number;
    /** Red below this value. */
    readonly badBelow?: number;
    /** Words instead of numbers, with their colours. */
    readonly states?: Readonly<Record<string, { readonly text: string; readonly color: string }>>;
    readonly queries: readonly Query[];
}

export interface Row {
    readonly title: string;
    readonly charts: readonly Chart[];
}
