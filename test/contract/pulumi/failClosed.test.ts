import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { Engine } from "./engine.js";

/** Any resource type, with any inputs. */
class Anything extends pulumi.CustomResource {
    constructor(token: string, version: string) {
        super(token, "anything", {}, { version });
    }
}

class AnyProvider extends pulumi.ProviderResource {
    constructor(name: string, version: string, inputs: pulumi.Inputs) {
        super(name, name, inputs, { version });
    }
}

const versions = { kubernetes: "4.34.2", vault: "7.8.0", command: "1.2.1", docker: "5.2.0" };
type Package = keyof typeof versions;

/** The official plugins are binaries; what they do with what they do not know is their affair. */
function isDouble(name: Package): boolean {
    const home = process.env.PULUMI_HOME ?? "";
    const plugin = join(home, "plugins", `resource-${name}-v${versions[name]}`, `pulumi-resource-${name}`);
    try {
        return readFileSync(plugin).subarray(0, 2).toString() === "#!";
    } catch {
        return false;
    }
}

describe("plugin doubles, asked for what they do not know", function () {
    this.timeout(180_000);
    const tokens: Record<Package, string> = {
        kubernetes: "kubernetes:helm.sh/v3:Release",
        vault: "vault:transit/key:Key",
        command: "command:remote:CopyFile",
        docker: "docker:index/container:Container",
    };

    for (const name of Object.keys(versions) as Package[]) {
        describe(name, () => {
            before(function () {
                if (!isDouble(name)) {
                    this.skip();
                }
            });

            it("names an unknown resource type, and an unknown setting of the provider", async () => {
                const engine = await Engine.start(async () => void new Anything(tokens[name], versions[name]));
                try {
                    const type = await engine.preview();
                    expect(type.exitCode).to.equal(1);
                    expect(type.text).to.include(`resource type "${tokens[name]}" is not known`);

                    engine.program = async () => {
                        new AnyProvider(name, versions[name], { enablePatchForces: "true" });
                    };
                    const setting = await engine.preview();
                    expect(setting.exitCode).to.equal(1);
                    expect(setting.text).to.include("enablePatchForces");
                } finally {
                    await engine.stop();
                }
            });
        });
    }

    it("names an unknown function", async function () {
        if (!isDouble("vault")) {
            this.skip();
        }
        const engine = await Engine.start(async () => {
            await pulumi.runtime.invoke("vault:index/getAuthBackend:getAuthBackend", {}, { version: versions.vault });
        });
        try {
            const outcome = await engine.preview().catch((error: unknown) => ({ text: String(error) }));
            expect(outcome.text).to.include('function "vault:index/getAuthBackend:getAuthBackend" is not known');
        } finally {
            await engine.stop();
        }
    });
});
