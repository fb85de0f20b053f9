import { compareSync } from "bcryptjs";
import { expect } from "chai";
import { htpasswd } from "../../../../components/registry/htpasswd.js";

describe("the file of the registry's users", () => {
    const users = [
        { username: "ci", password: "s3cret" },
        { username: "cluster", password: "s3cret" },
    ];

    it("holds a hash of the configured cost for each, and lets the password in", () => {
        const lines = htpasswd(users, 5, "key").trimEnd().split("\n");
        expect(lines).to.have.lengthOf(2);
        for (const line of lines) {
            const [, hash = ""] = line.split(":");
            expect(hash).to.match(/^\$2b\$05\$/);
            expect([compareSync("s3cret", hash), compareSync("other", hash)]).to.deep.equal([true, false]);
        }
        expect(htpasswd(users, 10, "key")).to.contain("$2b$10$");
    });

    it("is the same in every preview, but tells equal passwords from nobody", () => {
        expect(htpasswd(users, 5, "key")).to.equal(htpasswd(users, 5, "key"));
        const [one, other] = htpasswd(users, 5, "key")
            .split("\n")
            .map((line) => line.split(":")[1]);
        expect(one).to.not.equal(other);
        expect(htpasswd(users, 5, "another key")).to.not.equal(htpasswd(users, 5, "key"));
    });

    it("refuses what the file or bcrypt cannot hold, without showing it", () => {
        const of = (username: string, password: string) => () => htpasswd([{ username, password }], 4, "key");
        expect(of("a:b", "p")).to.throw('"a:b" has a colon');
        expect(of("a b", "p")).to.throw("blank");
        expect(of("ci", "")).to.throw("the password of ci is empty");
        expect(of("ci", "ü".repeat(37)))
            .to.throw("more than 72 bytes")
            .with.property("message")
            .that.does.not.contain("ü");
    });
});
