import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type VolumeReader, writeVolume } from "../../../../sandbox/pods/volumes.js";

const reader: VolumeReader = {
    configMap: async (name) => ({ "main.js": Buffer.from(`program of ${name}`), "ca.pem": Buffer.from("ca") }),
    secret: async (name) => ({ password: Buffer.from(`secret of ${name}`) }),
    token: async (audience) => `token for ${audience}`,
};

describe("a volume as a directory", () => {
    const parent = mkdtempSync(join(tmpdir(), "volumes-"));
    after(() => rmSync(parent, { recursive: true }));

    it("holds the keys of a ConfigMap or Secret, all or as they are asked for", async () => {
        await writeVolume({ name: "a", configMap: { name: "probe" } }, join(parent, "a"), reader);
        expect(readFileSync(join(parent, "a/main.js"), "utf8")).to.equal("program of probe");
        const items = [{ key: "password", path: "login/pass" }];
        await writeVolume({ name: "b", secret: { secretName: "login", items } }, join(parent, "b"), reader);
        expect(readdirSync(join(parent, "b"), { recursive: true })).to.have.members(["login", "login/pass"]);
        expect(statSync(join(parent, "b/login/pass")).mode & 0o777).to.equal(0o600);
    });

    it("holds a token for the audience of a projected volume", async () => {
        const sources = [{ serviceAccountToken: { path: "token", audience: "vault", expirationSeconds: 600 } }];
        await writeVolume({ name: "c", projected: { sources } }, join(parent, "c"), reader);
        expect(readFileSync(join(parent, "c/token"), "utf8")).to.equal("token for vault");
    });

    it("is refused where only a node can mount it", async () => {
        const volume = { name: "data", persistentVolumeClaim: { claimName: "data" } };
        const refused = await writeVolume(volume, join(parent, "d"), reader).catch((error: Error) => error.message);
        expect(refused).to.contain("data").and.contain("persistentVolumeClaim");
    });
});
