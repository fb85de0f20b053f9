import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect } from "chai";
import { extensionSettings } from "../../../../jobs/secret-extension/settings.js";

const complete = {
    VAULT_ADDR: "https://vault.example.org",
    VAULT_TOKEN: "t0ken-of-vault",
    WOODPECKER_SERVER: "http://woodpecker.example.org/ci",
    ALLOW: '[{"repositories":["acme/*"]}]',
};

describe("the settings of the secret extension's program", () => {
    it("are complete with four variables", () => {
        const read = extensionSettings([], complete);
        expect(read).to.deep.include({ cacheSeconds: 60, answerSeconds: 8, listen: { port: 8080 }, instance: "vault" });
        expect(String(read.woodpecker)).to.equal("http://woodpecker.example.org/ci/");
        expect(read.allow[0]?.events).to.not.include("pull_request");
        expect(read.certificate()).to.equal(undefined);
        expect(extensionSettings([], { ...complete, LISTEN: "[::1]:80" }).listen).to.deep.equal({
            host: "::1",
            port: 80,
        });
    });

    const wrong: readonly (readonly [Record<string, string>, RegExp])[] = [
        [{ ALLOW: "" }, /ALLOW: is missing/],
        [{ ALLOW: "acme" }, /ALLOW: is not JSON/],
        [{ ALLOW: '[{"repositories":["acme"]}]' }, /ALLOW 0\.repositories\.0: is neither owner\/name nor owner\/\*/],
        [{ ALLOW: "[]" }, /ALLOW/],
        [{ MAPPING: '{"entries":[]}' }, /MAPPING entries/],
        [{ VAULT_JWT: "x" }, /VAULT_JWT, VAULT_TOKEN: set one of the two/],
        [{ WOODPECKER_SERVER: "" }, /WOODPECKER_SERVER, WOODPECKER_PUBLIC_KEY: set one of the two/],
        [{ WOODPECKER_PUBLIC_KEY: "no key" }, /WOODPECKER_PUBLIC_KEY: "no key" is not an Ed25519 public key in PEM/],
        [{ TLS_KEY: "k" }, /TLS_CERTIFICATE, TLS_KEY: set both or none/],
        [{ LISTEN: "here" }, /LISTEN: "here" is neither a port/],
        [{ ANSWER_SECONDS: "10" }, /ANSWER_SECONDS: "10" is not a whole number from 1 to 9/],
        [{ CACHE_SECONDS: "-1" }, /CACHE_SECONDS/],
    ];
    for (const [changes, words] of wrong) {
        it(`name what is wrong: ${JSON.stringify(changes)}`, () => {
            expect(() => extensionSettings([], { ...complete, ...changes })).to.throw(words);
            expect(() => extensionSettings([], { ...complete, ...changes })).to.not.throw(/t0ken-of-vault/);
        });
    }
});

describe("the program of the secret extension", function () {
    this.timeout(30_000);
    const start = (environment: Readonly<Record<string, string>>, ...args: readonly string[]) => {
        const main = join(__dirname, "../../../../jobs/secret-extension/main.ts");
        const child = spawn(process.execPath, ["--import", "tsx", main, ...args], {
            env: { PATH: process.env.PATH ?? "", ...environment },
            stdio: ["ignore", "pipe", "pipe"],
        });
        let said = "";
        const heard: ((text: string) => void)[] = [];
        for (const stream of [child.stdout, child.stderr]) {
            stream.setEncoding("utf8").on("data", (text: string) => {
                said += text;
                for (const hear of heard) hear(said);
            });
        }
        const end = new Promise<{ code: number | null; said: string }>((resolve) =>
            child.once("close", (code) => resolve({ code, said })),
        );
        return {
            child,
            end,
            hears: (words: string) =>
                new Promise<void>((resolve) => heard.push((text) => text.includes(words) && resolve())),
        };
    };

    it("says what it is and what it needs", async () => {
        const { code, said } = await start({}, "--help").end;
        expect(code).to.equal(0);
        expect(said).to.contain("WOODPECKER_SECRET_EXTENSION_ENDPOINT").and.to.contain("CACHE_SECONDS");
    });

    it("ends with 1 and one message when it cannot begin", async () => {
        const { code, said } = await start({ ...complete, ALLOW: "" }).end;
        expect([code, said]).to.deep.equal([
            1,
            "secret-extension: The configuration has errors:\n  ALLOW: is missing\n",
        ]);
    });

    it("ends with 0 when it is told to", async () => {
        const listen = { LISTEN: "127.0.0.1:0", MONITOR_LISTEN: "127.0.0.1:0", DRAIN_SECONDS: "0" };
        const nowhere = {
            VAULT_ADDR: "http://127.0.0.1:9",
            WOODPECKER_SERVER: "http://127.0.0.1:9",
            ANSWER_SECONDS: "1",
        };
        const { child, end, hears } = start({ ...complete, ...listen, ...nowhere });
        await hears('"listening"');
        child.kill("SIGTERM");
        const { code, said } = await end;
        expect(code, said).to.equal(0);
        expect(said).to.contain('{"stopping"').and.not.to.contain("t0ken-of-vault");
    });
});
