import type { Builder, Dataquery } from "@grafana/grafana-foundation-sdk/cog";
import { BigValueColorMode, BigValueGraphMode } from "@grafana/grafana-foundation-sdk/common";
import {
    type Dashboard,
    DashboardBuilder,
    DatasourceVariableBuilder,
    MappingType,
    type Panel,
    RowBuilder,
    type Threshold,
    ThresholdsConfigBuilder,
    ThresholdsMode,
    type ValueMapping,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder, PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TableBuilder } from "@grafana/grafana-foundation-sdk/table";
import { PanelBuilder as TimeseriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import type { Chart, Query, Row } from "./chart.js";

/** Whichever Prometheus is chosen at the top of the page. */
const DATASOURCE = { type: "prometheus", uid: "${datasource}" };
const HEIGHT = 7;
/** Columns of Grafana's grid are 24. */
const SPANS = { number: 6, lines: 12, table: 12 } as const;

/** The document that Grafana reads. */
export function dashboardDocument(title: string, rows: readonly Row[]): Dashboard {
    const dashboard = new DashboardBuilder(title)
        .uid("cicd-pipeline")
        .description("The way of a change from the push to the pod, and what watches over it.")
        .tags(["cicd"])
        .time({ from: "now-24h", to: "now" })
        .timezone("browser")
        .refresh("1m")
        .readonly()
        .withVariable(new DatasourceVariableBuilder("datasource").label("Prometheus").type("prometheus"));
    for (const row of rows) {
        dashboard.withRow(new RowBuilder(row.title));
        for (const chart of row.charts) dashboard.withPanel(panelOf(chart));
    }
    return dashboard.build();
}

function panelOf(chart: Chart): Builder<Panel> {
    const panel = builderOf(chart)
        .title(chart.title)
        .description(chart.description)
        .datasource(DATASOURCE)
        .height(HEIGHT)
        .span(SPANS[chart.kind])
        .noValue("no data")
        .thresholds(thresholdsOf(chart))
        .targets(chart.queries.map((query, i) => targetOf(query, chart.kind, i)));
    if (chart.unit) panel.unit(chart.unit);
    if (chart.states) panel.mappings([mappingOf(chart.states)]);
    return panel;
}

function builderOf({ kind }: Chart): StatBuilder | TableBuilder | TimeseriesBuilder {
    switch (kind) {
        case "number":
            return new StatBuilder().graphMode(BigValueGraphMode.None).colorMode(BigValueColorMode.Background);
        case "lines":
            return new TimeseriesBuilder().min(0);
        case "table":
            return new TableBuilder().withTransformation({
                id: "organize",
                options: { excludeByName: { Time: true, Value: true } },
            });
    }
}

function targetOf({ expr, legend }: Query, kind: Chart["kind"], index: number): Builder<Dataquery> {
    const query = new DataqueryBuilder()
        .refId(String.fromCharCode("A".charCodeAt(0) + index))
        .datasource(DATASOURCE)
        .expr(expr)
        .legendFormat(legend);
    if (kind === "lines") return query.range();
    return query.instant().format(kind === "table" ? PromQueryFormat.Table : PromQueryFormat.TimeSeries);
}

function thresholdsOf({ badFrom, badBelow }: Chart): ThresholdsConfigBuilder {
    const steps: Threshold[] =
        badBelow === undefined
            ? [{ color: "green", value: null }, ...(badFrom === undefined ? [] : [{ color: "red", value: badFrom }])]
            : [
                  { color: "red", value: null },
                  { color: "green", value: badBelow },
              ];
    return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps);
}

function mappingOf(states: NonNullable<Chart["states"]>): ValueMapping {
    const options = Object.entries(states).map(([value, { text, color }], index) => [value, { text, color, index }]);
    return { type: MappingType.ValueToText, options: Object.fromEntries(options) };
}
