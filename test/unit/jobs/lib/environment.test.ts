import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import * as z from "zod";
import { describeEnvironment, readEnvironment } from "../../../../jobs/lib/environment.js";
import { UsageError } from "../../../../jobs/lib/errors.js";
import { serviceUrl, wholeNumber } from "../../../../jobs/lib/fields.js";

const fields = {
    SERVER_URL: serviceUrl.describe("the server"),
    TOKEN: z.string("is missing").regex(/^t-/, "is no token").meta({ secret: true }).describe("what to log in with"),
    WORKERS: wholeNumber(1, 64).default(8),
};
const good = { SERVER_URL: "https://example.org", TOKEN: "t-1" };

describe("a program's environment", () => {
    let directory: string;
    const file = (text: string) => {
        const path = join(directory, "value");
        writeFileSync(path, text);
        return path;
    };
    before(() => {
        directory = mkdtempSync(join(tmpdir(), "environment-"));
    });
    after(() => rmSync(directory, { recursive: true }));

    it("is read with defaults, empty variables counting as missing", () => {
        const read = readEnvironment(fields, { ...good, WORKERS: "" });
        expect(read).to.deep.equal({ SERVER_URL: new URL("https://example.org/"), TOKEN: "t-1", WORKERS: 8 });
    });

    it("takes a variable from a file, without one newline at its end", () => {
        expect(readEnvironment(fields, { ...good, TOKEN: undefined, TOKEN_FILE: file("t-2\n\n") }).TOKEN).to.equal(
            "t-2\n",
        );
    });

    it("reports everything at once, by name, with what is allowed", () => {
        const read = () => readEnvironment(fields, { SERVER_URL: "ftp://x", WORKERS: "65" });
        expect(read)
            .to.throw(UsageError)
            .with.property("message")
            .that.matches(/SERVER_URL: is not an http/);
        expect(read).to.throw(/TOKEN: is missing/);
        expect(read).to.throw('WORKERS: "65" is not a whole number from 1 to 64');
    });

    it("never repeats a secret, wherever it came from", () => {
        for (const environment of [
            { ...good, TOKEN: "hunter2" },
            { ...good, TOKEN: "", TOKEN_FILE: file("hunter2") },
            { ...good, SERVER_URL: "https://admin:hunter2@example.org" },
        ]) {
            expect(() => readEnvironment(fields, environment))
                .to.throw(UsageError)
                .with.property("message")
                .that.does.not.contain("hunter2");
        }
    });

    it("says which file cannot be read, and refuses two sources for one variable", () => {
        expect(() => readEnvironment(fields, { ...good, TOKEN: "", TOKEN_FILE: "/nowhere" })).to.throw(
            'TOKEN_FILE: cannot read "/nowhere" (ENOENT)',
        );
        expect(() => readEnvironment(fields, { ...good, TOKEN_FILE: "/nowhere" })).to.throw(
            "TOKEN: set together with TOKEN_FILE",
        );
    });

    it("is described in the help", () => {
        expect(describeEnvironment(fields)).to.contain("SERVER_URL  the server\n").and.to.contain("WORKERS");
    });
});
