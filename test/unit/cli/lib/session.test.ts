import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Session } from "../../../../cli/lib/session.js";

describe("the token for Vault", () => {
    const before = { ...process.env };
    let home: string;
    beforeEach(() => {
        home = mkdtempSync(join(tmpdir(), "home-"));
        process.env.HOME = home;
        delete process.env.VAULT_TOKEN;
    });
    afterEach(() => {
        process.env = { ...before };
        rmSync(home, { recursive: true });
    });
    const token = () => {
        const session = new Session({});
        session.close();
        return session.environment.VAULT_TOKEN;
    };

    it("is that of the environment, else the one that vault login has left", () => {
        expect(token()).equal(undefined);
        writeFileSync(join(home, ".vault-token"), "hvs.of-the-login\n");
        expect(token()).equal("hvs.of-the-login");
        process.env.VAULT_TOKEN = "hvs.given";
        expect(token()).equal("hvs.given");
    });
});
