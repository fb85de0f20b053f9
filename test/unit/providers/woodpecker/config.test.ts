import { expect } from "chai";
import { UNKNOWN } from "../../../../providers/lib/values.js";
import { configurationProblems, connection } from "../../../../providers/woodpecker/plugin/config.js";

const environment = { WOODPECKER_SERVER: "https://ci.example.org", WOODPECKER_TOKEN: "from-env" };

describe("configuration of the Woodpecker provider", () => {
    it("comes from the environment, and from the provider where that says more", () => {
        expect(connection({}, environment)).to.include({ server: "https://ci.example.org", token: "from-env" });
        expect(connection({ server: "http://127.0.0.1:1", maxRetries: "2" }, environment)).to.include({
            server: "http://127.0.0.1:1",
            token: "from-env",
            maxRetries: 2,
        });
    });

    it("is put off while it is not known", () => {
        expect(connection({ server: UNKNOWN }, environment)).to.equal(undefined);
        expect(configurationProblems({ server: UNKNOWN }, environment)).to.deep.equal([]);
    });

    it("names what is missing, and both ways to give it", () => {
        expect(configurationProblems({}, {})).to.deep.equal([
            "[server] is missing: set WOODPECKER_SERVER or give the URL of the server to the provider",
            "[token] is missing: set WOODPECKER_TOKEN or give an API token to the provider",
        ]);
    });

    it("reports every problem at once", () => {
        const given = {
            server: "https://ci.example.org/api",
            requestTimeoutSeconds: "soon",
            maxRetries: "11",
            url: "x",
        };
        expect(configurationProblems(given, environment).map((line) => line.split("]")[0])).to.have.members([
            "[server",
            "[requestTimeoutSeconds",
            "[maxRetries",
            "[url",
        ]);
    });

    it("takes what the engine adds", () => {
        expect(configurationProblems({ version: "0.1.0", __internal: {} }, environment)).to.deep.equal([]);
    });
});
