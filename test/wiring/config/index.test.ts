import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { loadSettings } from "../../../config/index.js";
import { rawApp, rawSettings } from "../../support/settings.js";

/** As the engine hands config over: text, maps and lists as JSON. */
function setConfig(raw: Record<string, unknown>, secretKeys: string[] = []) {
    const entries = Object.entries(raw).map(([key, value]) => [
        `cicd:${key}`,
        typeof value === "object" ? JSON.stringify(value) : String(value),
    ]);
    (pulumi.runtime.setAllConfig as (config: Record<string, string>, secretKeys?: string[]) => void)(
        Object.fromEntries(entries),
        secretKeys,
    );
}

describe("loadSettings", () => {
    afterEach(() => pulumi.runtime.setAllConfig({}));

    it("reads every block of the namespace cicd, and no other namespace", () => {
        setConfig({ ...rawSettings(), adopt: true });
        pulumi.runtime.setConfig("kubernetes:context", "somewhere");
        expect(loadSettings())
            .to.include({ adopt: true })
            .and.to.have.nested.property("delivery.apps[0].name", "website");
    });

    it("ends the program without a stack trace when something is wrong", () => {
        setConfig(rawSettings({ apps: { website: rawApp({ build: "jenkins" }) } }));
        expect(loadSettings)
            .to.throw('cicd:apps.website.build: "jenkins" is not one of "github-actions", "woodpecker"')
            .and.satisfy(pulumi.RunError.isInstance);
    });

    it("takes credentials that are encrypted and refuses them in clear", () => {
        const raw = rawSettings({ credentials: { slackWebhook: "https://hooks.example.org/x" }, apps: {} });
        setConfig(raw, ["cicd:credentials"]);
        expect(loadSettings().credentials).to.deep.equal({ slackWebhook: "https://hooks.example.org/x" });
        setConfig(raw);
        expect(loadSettings).to.throw("cicd:credentials.slackWebhook: stands in the stack file in clear");
    });
});
