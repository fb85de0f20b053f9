import { expect } from "chai";
import { dashboardDocument } from "../../../../components/monitoring/dashboard/document.js";
import { dashboardRows } from "../../../../components/monitoring/dashboard/rows.js";
import { parseSettings } from "../../../../config/parse.js";
import { stackConfig } from "../../../support/settings.js";

const apps = parseSettings(stackConfig("prod")).delivery?.apps ?? [];
const rows = dashboardRows({ apps, registryInstance: "10\\.0\\.20\\.10:.*" });
const document = dashboardDocument("CI/CD pipeline", rows);
const panels = (document.panels ?? []).filter(({ type }) => type !== "row");

describe("the dashboard", () => {
    it("has a panel for every chart, each explained, none on top of another", () => {
        expect(panels).length(rows.flatMap(({ charts }) => charts).length);
        const boxes = (document.panels ?? []).map((panel) => ("gridPos" in panel ? panel.gridPos : undefined));
        for (const [i, one] of boxes.entries()) {
            for (const other of boxes.slice(i + 1)) {
                if (!one || !other) throw new Error("a panel without a place");
                const apart =
                    one.x + one.w <= other.x ||
                    other.x + other.w <= one.x ||
                    one.y + one.h <= other.y ||
                    other.y + other.h <= one.y;
                expect(apart, JSON.stringify([one, other])).equal(true);
                expect(one.x + one.w).at.most(24);
            }
        }
        for (const panel of panels) expect(panel).property("description").not.equal("");
    });

    it("asks the data source that is chosen on the page, in every query", () => {
        const targets = panels.flatMap((panel) => ("targets" in panel ? (panel.targets ?? []) : []));
        expect(targets.length).above(20);
        for (const target of targets) expect(target).nested.property("datasource.uid", "${datasource}");
    });

    it("does not count what shards of former days have left, and has a row for what there is", () => {
        const integrity = (shards?: number) =>
            dashboardRows({ apps, shards, registryInstance: ".*" })[0]?.charts.flatMap(({ queries }) => queries) ?? [];
        for (const { expr } of integrity()) expect(expr).contain('shard=""');
        for (const { expr } of integrity(3)) expect(expr).contain('shard=~"0|1|2"');
        const titles = (extension?: string) =>
            dashboardRows({ apps, extension, registryInstance: ".*" }).map(({ title }) => title);
        expect(titles()).not.include("Secret extension");
        expect(titles("vault")).include("Secret extension");
    });

    it("is the same text every time", () => {
        const again = dashboardDocument(
            "CI/CD pipeline",
            dashboardRows({ apps, registryInstance: "10\\.0\\.20\\.10:.*" }),
        );
        expect(JSON.stringify(again)).equal(JSON.stringify(document));
    });
});
