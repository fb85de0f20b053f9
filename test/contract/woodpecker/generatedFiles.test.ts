import { expect } from "chai";
import fc from "fast-check";
import { appDocuments } from "../../../components/app/documents.js";
import { deployScript, slackScript } from "../../../components/woodpecker/scripts.js";
import { parseSettings } from "../../../config/parse.js";
import { anyApp, anyLabel, rawApp, settingsOf, stackConfig } from "../../support/settings.js";
import { fired, readWorkflow, type Start } from "../../support/triggers.js";
import { WoodpeckerLibs } from "../../support/woodpeckerLibs.js";
import { appTable, builtAppTable } from "./appTables.js";

describe("generated Woodpecker files, read by Woodpecker's own libraries", function () {
    this.timeout(60_000);
    let libs: WoodpeckerLibs;
    before(function () {
        const found = WoodpeckerLibs.get();
        if (!found) this.skip(); // the sandbox builds it
        libs = found;
    });

    const filesOf = (apps: Record<string, unknown>) => {
        const { delivery } = settingsOf(apps);
        return delivery.apps
            .flatMap((app) => appDocuments(app, { delivery, slack: true }))
            .filter((f) => f.path.startsWith(".woodpecker/"));
    };
    const read = (text: string) => readWorkflow(libs, text);
    const firedOf = (files: Parameters<typeof fired>[1], start: Start) => fired(libs, files, start);

    for (const stack of ["sandbox", "prod"]) {
        it(`of stack ${stack} hand every script to the shell as it was written`, () => {
            const { delivery } = parseSettings(stackConfig(stack));
            if (!delivery) throw new Error("no applications");
            for (const app of delivery.apps) {
                for (const { path, content } of appDocuments(app, { delivery, slack: true })) {
                    if (!path.startsWith(".woodpecker/")) continue;
                    const scripts = read(content).steps.flatMap((step) => ("commands" in step ? step.commands : []));
                    expect(scripts, `${app.name} ${path}`).to.deep.equal([deployScript, slackScript, slackScript]);
                }
            }
        });
    }

    it("hand over tag, images and Deployments unchanged, for any application", () => {
        fc.assert(
            fc.property(anyLabel, anyApp, (name, raw) => {
                for (const { path, content } of filesOf({ [name]: raw })) {
                    const { steps } = read(content);
                    const deploy = steps.find((step) => step.name === "deploy") as {
                        environment: Record<string, string>;
                    };
                    expect(deploy.environment.APP).to.equal(name);
                    expect(deploy.environment.DEPLOYMENTS?.trim().split("\n")).to.have.lengthOf(raw.deployments.length);
                    if (/\/deploy/.test(path)) continue;
                    expect(deploy.environment.IMAGE_TAG).to.equal("12345e10");
                    const settings = steps.flatMap((step) => ("settings" in step ? [step.settings] : []));
                    expect(settings.map((s) => [s.repo, s.tags])).to.deep.equal(
                        raw.images.map((i) => [i.name, "12345e10"]),
                    );
                }
            }),
            { numRuns: 15 },
        );
    });

    for (const [what, start, expected] of appTable) {
        it(`${what} runs ${expected.join(" and ") || "nothing"}`, () => {
            expect(firedOf(filesOf({ website: rawApp() }), start)).to.deep.equal(expected);
        });
    }

    for (const [what, start, expected] of builtAppTable) {
        it(`of an application built on Woodpecker: ${what} runs ${expected.join(" and ") || "nothing"}`, () => {
            expect(firedOf(filesOf({ website: rawApp({ build: "woodpecker" }) }), start)).to.deep.equal(expected);
        });
    }

    it("of an application in a directory run at pushes that touch it", () => {
        const files = filesOf({ portal: rawApp({ build: "woodpecker", directory: "apps/portal" }) });
        expect(firedOf(files, { event: "push", changed: ["apps/portal/src/main.ts"] })).to.deep.equal(["build-portal"]);
        expect(firedOf(files, { event: "push", changed: ["apps/other/main.ts"] })).to.deep.equal([]);
        expect(firedOf(files, { event: "push", changed: [] }), "an empty commit").to.deep.equal([]);
    });
});
