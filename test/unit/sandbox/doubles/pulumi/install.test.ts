import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { installPlugins } from "../../../../../sandbox/doubles/pulumi/install.js";

describe("the plugins of the engine", () => {
    const directory = realpathSync(mkdtempSync(join(tmpdir(), "plugins-")));
    const own = join(directory, "own");
    const places = { pulumiHome: join(directory, "home"), node: process.execPath, buildDirectory: directory, path: "" };
    const origins = async (preferred: string) =>
        Object.fromEntries(
            (await installPlugins({ ...places, preferred })).map(({ name, origin, executable }) => [
                name,
                { origin, executable },
            ]),
        );
    const official = (name: string, version: string) =>
        writeFileSync(join(own, `pulumi-resource-${name}`), `#!/bin/sh\necho v${version}\n`, { mode: 0o755 });
    before(() => mkdirSync(own));
    after(() => rmSync(directory, { recursive: true }));

    it("are doubles where nothing else is to be had", async () => {
        const found = await origins("");
        expect(new Set(Object.values(found).map(({ origin }) => origin))).to.deep.equal(new Set(["double"]));
    });

    it("are the official ones of a preferred directory, in the version that the program uses", async () => {
        official("command", "1.2.1");
        official("vault", "1.0.0");
        const { command, vault } = await origins(own);
        expect([command?.origin, vault?.origin]).to.deep.equal(["official", "double"]);
        expect(realpathSync(command?.executable ?? "")).to.equal(join(own, "pulumi-resource-command"));
    });

    it("are no others than official ones, where a program does not tell its version", async () => {
        writeFileSync(join(own, "pulumi-resource-docker"), "#!/bin/sh\nexit 2\n", { mode: 0o755 });
        expect((await origins(own)).docker?.origin).to.equal("double");
    });

    it("are doubles again when the directory is preferred no longer, and leave the official ones as they are", async () => {
        const text = readFileSync(join(own, "pulumi-resource-command"), "utf8");
        expect((await origins("")).command?.origin).to.equal("double");
        expect(readFileSync(join(own, "pulumi-resource-command"), "utf8")).to.equal(text);
    });
});
