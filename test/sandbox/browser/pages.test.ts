import { expect } from "chai";
import type { Page } from "playwright-core";
import { graphOf } from "../../../cli/map/graph.js";
import { layoutOf } from "../../../cli/map/layout.js";
import { svgOf } from "../../../cli/map/svg.js";
import { htmlOf as statusPage } from "../../../cli/status/html.js";
import type { AppStatus, Reported } from "../../../cli/status/status.js";
import { parseSettings } from "../../../config/parse.js";
import { type Cause, causes } from "../../../jobs/drift/finding.js";
import { htmlOf as driftPage } from "../../../jobs/drift/report/html.js";
import { PageReader, screens } from "../../support/browser.js";
import { aFinding, aResult, aRun } from "../../support/drift/findings.js";
import { stackConfig } from "../../support/settings.js";
import { app, row, page as status } from "../../support/status.js";

/** A document, and what its reader must find in it. */
interface Sample {
    readonly name: string;
    readonly text: () => string;
    /** A picture keeps its size; a page fits the screen. */
    readonly isPicture?: true;
    readonly look?: (page: Page) => Promise<void>;
}

const long = `urn:pulumi:prod::cicd-pipeline::${"cicd:app:AppPipeline$".repeat(4)}kubernetes:rbac.authorization.k8s.io/v1:Role::x`;
const findings = (Object.keys(causes) as Cause[]).map((cause) =>
    aFinding({
        cause,
        kind: cause === "unreadable" ? "unreadable" : "changed",
        resource: `${long}-${cause}`,
        name: `Role website/cicd-deployer-${cause}`,
        differences: [
            { path: "rules[1].verbs", declared: '["get","patch"]', live: `["${"delete-collection,".repeat(20)}"]` },
        ],
        mend: `pulumi up --stack prod --refresh --run-program --target '${long}'`,
    }),
);
const many = Array.from({ length: 2000 }, (_, i) => aFinding({ resource: `${long}${i}`, name: `ConfigMap web/c${i}` }));

const apps: readonly AppStatus[] = [
    app,
    { ...app, app: "shop", containers: [{ ...row, declared: "0123abcd", state: "behind the pin" }] },
    { ...app, app: "blog", repository: `acme/${"a-long-name-".repeat(8)}`, containers: [], lastDeploy: undefined },
    { ...app, app: "broken", brokenImages: ["acme/broken:1a2b3c4d missing_child sha256:0123456789abcdef"] },
];
const reported: readonly Reported[] = [
    { what: "integrity", state: "wrong", words: "1 image is broken", at: status.at },
    { what: "secrets", state: "fine", words: "all copies are Vault's" },
];

const samples: readonly Sample[] = [
    {
        name: "drift.html",
        text: () =>
            driftPage({
                ...aRun([
                    aResult({ findings }),
                    aResult({ stack: "other", state: "error", errors: [`no answer from ${long}`] }),
                    aResult({ stack: "third" }),
                ]),
                troubles: ["Slack was not told; the next run tries again: it answered 500"],
                expired: ["Role x (until 2026-01-01)"],
            }),
        look: (page) => openEach(page, findings.length),
    },
    {
        name: "drift-2000.html",
        text: () => driftPage(aRun([aResult({ findings: many })])),
        look: async (page) => {
            expect(await page.locator("details").count()).equal(many.length);
            await page.locator("details").last().click();
            expect(
                await page
                    .getByText(many.at(-1)?.mend ?? "")
                    .last()
                    .isVisible(),
            ).equal(true);
        },
    },
    {
        name: "status.html",
        text: () => statusPage({ ...status, apps, reported, unknown: [`images: no answer from ${long}`] }),
    },
    ...["sandbox", "prod"].map((stack): Sample => {
        const graph = () => graphOf(parseSettings(stackConfig(stack)));
        return { name: `${stack}.svg`, text: () => svgOf(layoutOf(graph()), `Pipeline of ${stack}`), isPicture: true };
    }),
];

/** Every finding is there, and has what its reader needs in it once it is opened. */
async function openEach(page: Page, count: number): Promise<void> {
    const all = await page.locator("details").all();
    expect(all).length(count);
    for (const each of all) {
        await each.locator("summary").click();
        for (const part of ["Cause", "Resource", "To mend it", "To accept it"]) {
            expect(await each.getByText(part, { exact: true }).isVisible(), part).equal(true);
        }
        expect(await each.locator("td").first().isVisible()).equal(true);
    }
}

describe("in a browser", function () {
    this.timeout("3m");
    let reader: PageReader;

    before(async () => {
        reader = await PageReader.start();
    });
    after(() => reader?.stop());

    for (const { name, text, isPicture, look } of samples) {
        for (const screen of screens) {
            it(`${name} is readable, whole and alone: ${screen.colorScheme}, ${screen.width} px`, async () => {
                const { overhang, ...troubles } = await reader.read(name, text(), screen, look);
                expect(troubles).deep.equal({ requests: [], complaints: [], faint: [], cut: [] });
                if (!isPicture) expect(overhang).equal(0);
            });
        }
    }
});
