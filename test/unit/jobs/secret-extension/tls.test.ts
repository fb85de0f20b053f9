import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { expect } from "chai";
import type { Extension } from "../../../../jobs/secret-extension/extension.js";
import { type Listener, listenForSecrets } from "../../../../jobs/secret-extension/listen.js";
import type { Certificate } from "../../../../jobs/secret-extension/settings.js";

describe("the secret extension over TLS", () => {
    let directory: string;
    let listener: Listener;
    before(() => {
        directory = mkdtempSync(join(tmpdir(), "tls-"));
    });
    after(async () => {
        await listener?.close();
        rmSync(directory, { recursive: true });
    });

    function make(name: string): Certificate {
        const files = { cert: join(directory, `${name}.pem`), key: join(directory, `${name}.key`) };
        const output = ["-keyout", files.key, "-out", files.cert, "-days", "2"];
        const subject = ["-subj", `/CN=${name}`, "-addext", "subjectAltName=IP:127.0.0.1"];
        const kind = ["req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
        execFileSync("openssl", [...kind, ...output, ...subject], { stdio: "ignore" });
        return { cert: readFileSync(files.cert, "utf8"), key: readFileSync(files.key, "utf8") };
    }

    /** @returns the status, and whose certificate it was */
    function ask(ca: string): Promise<[number | undefined, string]> {
        return new Promise((resolve, reject) => {
            const options = {
                host: "127.0.0.1",
                port: listener.port,
                path: "/secrets",
                method: "POST",
                ca,
                agent: false,
            };
            const call = request(options, (response) => {
                response.resume();
                const { subject } = (response.socket as TLSSocket).getPeerCertificate();
                response.on("end", () => resolve([response.statusCode, String(subject.CN)]));
            });
            call.on("error", reject);
            call.end("{}");
        });
    }

    it("takes a renewed certificate without a pause", async () => {
        const [first, second] = [make("first"), make("second")];
        const extension: Pick<Extension, "answer"> = {
            answer: async () => ({ status: 200, body: { secrets: [] } }),
        };
        listener = await listenForSecrets({ host: "127.0.0.1", port: 0 }, extension, first);
        expect(await ask(first.cert)).to.deep.equal([200, "first"]);
        listener.renew(second);
        expect(await ask(second.cert)).to.deep.equal([200, "second"]);
    });
});
