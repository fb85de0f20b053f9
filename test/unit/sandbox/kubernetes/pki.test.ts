import { X509Certificate } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { findExecutable } from "../../../../sandbox/lib/run.js";
import { type CertificateName, certificates, ensurePki } from "../../../../sandbox/parts/kubernetes/pki.js";

describe("ensurePki", () => {
    const openssl = findExecutable("openssl", process.env.PATH ?? "");
    let directory = "";

    before(function () {
        if (openssl === undefined) this.skip();
    });
    beforeEach(() => {
        directory = mkdtempSync(join(tmpdir(), "pki-"));
    });
    afterEach(() => rmSync(directory, { recursive: true }));

    const make = () => ensurePki(directory, openssl ?? "");
    const read = (path: string) => new X509Certificate(readFileSync(path));

    it("issues what each server and client needs, signed by one authority", async () => {
        const pki = await make();
        const authority = read(pki.authority);
        for (const name of Object.keys(certificates) as CertificateName[]) {
            expect(read(pki.certificate(name)).verify(authority.publicKey), name).to.equal(true);
            expect(statSync(pki.key(name)).mode & 0o077, `${name}'s key is its owner's only`).to.equal(0);
        }
        expect(read(pki.certificate("kubelet")).subject.split("\n").sort()).to.deep.equal([
            "CN=system:node:localhost",
            "O=system:nodes",
        ]);
        const server = read(pki.certificate("apiserver"));
        expect(server.checkIP("127.0.0.1")).to.equal("127.0.0.1");
        expect(server.checkHost("kubernetes.default.svc")).to.equal("kubernetes.default.svc");
        expect(read(pki.certificate("admin")).keyUsage, "clients only").to.deep.equal(["1.3.6.1.5.5.7.3.2"]);
    });

    it("changes nothing when run again", async () => {
        await make();
        const contents = () =>
            readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), "utf8")]);
        const before = contents();
        await make();
        expect(contents()).to.deep.equal(before);
    });

    it("mends a pair that an interruption left unmatched", async () => {
        const pki = await make();
        writeFileSync(pki.key("admin"), readFileSync(pki.key("scheduler")));
        await make();
        const { publicKey } = read(pki.certificate("admin"));
        expect(publicKey.equals(read(pki.certificate("scheduler")).publicKey)).to.equal(false);
        expect(read(pki.certificate("admin")).verify(read(pki.authority).publicKey)).to.equal(true);
    });

    it("issues everything anew for a new authority", async () => {
        const pki = await make();
        rmSync(pki.authority);
        await make();
        for (const name of Object.keys(certificates) as CertificateName[]) {
            expect(read(pki.certificate(name)).verify(read(pki.authority).publicKey), name).to.equal(true);
        }
    });
});
