import { expect } from "chai";
import { defaultPorts } from "../../../../sandbox/lib/ports.js";
import { withChosenPorts } from "../../../../sandbox/lib/stackFile.js";

const committed = `config:
    # where Vault is
    cicd:vault:
        address: http://127.0.0.1:18200
    cicd:images: 127.0.0.1:18500/acme/website
    cicd:other: 127.0.0.1:182001
`;

describe("the stack file with the ports of this machine", () => {
    it("is the committed one where the defaults are free", () => {
        expect(withChosenPorts(committed, defaultPorts)).to.equal(committed);
    });

    it("names another port exactly where the default stood", () => {
        const text = withChosenPorts(committed, { ...defaultPorts, vault: 40_001 });
        expect(text).to.equal(committed.replace("127.0.0.1:18200\n", "127.0.0.1:40001\n"));
    });

    it("keeps two ports apart that changed places", () => {
        const text = withChosenPorts(committed, { ...defaultPorts, vault: 18_500, registry: 18_200 });
        expect(text).to.contain("address: http://127.0.0.1:18500\n");
        expect(text).to.contain("127.0.0.1:18200/acme/website");
    });

    it("keeps the salt that the engine wrote, without which its state is unreadable", () => {
        const text = withChosenPorts(committed, defaultPorts, "encryptionsalt: v1:abc=:v1:def\nconfig: {}\n");
        expect(text).to.contain("encryptionsalt: v1:abc=:v1:def");
        expect(text).to.contain("# where Vault is");
    });
});
