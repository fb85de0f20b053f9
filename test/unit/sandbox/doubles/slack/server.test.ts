import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { slackServer } from "../../../../../sandbox/doubles/slack/server.js";

const path = "/services/T000/B000/secret";

describe("the stand-in for Slack", () => {
    let server: Server;
    let url: string;
    beforeEach(async () => {
        server = slackServer(path).listen(0, "127.0.0.1");
        await once(server, "listening");
        url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    afterEach(() => {
        server.closeAllConnections();
        server.close();
    });

    const post = async (body: string, to = path) => {
        const response = await fetch(`${url}${to}`, { method: "POST", body });
        return `${response.status} ${await response.text()}`;
    };
    const messages = async () => (await (await fetch(`${url}/_sandbox/messages`)).json()) as { text: string }[];

    it("takes JSON, as a body and as a form field, and keeps it in order", async () => {
        expect(await post('{"text":"deployed"}')).to.equal("200 ok");
        expect(await post(`payload=${encodeURIComponent('{"text":"again"}')}`)).to.equal("200 ok");
        expect((await messages()).map(({ text }) => text)).to.deep.equal(["deployed", "again"]);
    });

    it("refuses what Slack refuses", async () => {
        expect(await post("text=hello")).to.equal("400 invalid_payload");
        expect(await post('{"channel":"#ci"}')).to.equal("400 no_text");
        expect(await post('{"text":"x"}', "/services/T000/B000/wrong")).to.equal("404 no_service");
        expect(await messages()).to.deep.equal([]);
    });

    it("fails as it is told to, so often, and is well again", async () => {
        await fetch(`${url}/_sandbox/outage`, { method: "PUT", body: '{"status":503,"times":1}' });
        expect(await post('{"text":"lost"}')).to.equal("503 service_error");
        expect(await post('{"text":"kept"}')).to.equal("200 ok");
        expect((await messages()).map(({ text }) => text)).to.deep.equal(["kept"]);
    });
});
