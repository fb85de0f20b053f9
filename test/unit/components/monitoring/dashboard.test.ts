import { expect } from "chai";
import { dashboardDocument } from "../../../../components/monitoring/dashboardDocument.js";
import { dashboardRows } from "../../../../components/monitoring/dashboardRows.js";
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

    it("is the same text every time", () => {
        const again = dashboardDocument(
            "CI/CD pipeline",
            dashboardRows({ apps, registryInstance: "10\\.0\\.20\\.10:.*" }),
        );
        expect(JSON.stringify(again)).equal(JSON.stringify(document));
    });
});
