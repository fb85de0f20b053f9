import { expect } from "chai";
import { Registries } from "../../../../cli/doctor/servers/registries.js";
import { HttpClient } from "../../../../jobs/lib/http.js";
import { HttpStub } from "../../../support/httpStub.js";

const login = { username: "pusher", password: "recognisable" };

describe("a registry, asked by the doctor", () => {
    let registry: HttpStub;
    const http = new HttpClient({ connections: 2 });
    beforeEach(async () => {
        registry = await HttpStub.start();
    });
    afterEach(() => registry.stop());
    after(() => http.close());

    /** @param realm where its tokens are to be had */
    const asked = (realm: string) => {
        const challenge = { "www-authenticate": `Bearer realm="${realm}",service="registry"` };
        registry.on("GET /v2/", ({ headers }) =>
            headers.authorization === "Bearer short-lived" ? { status: 200 } : { status: 401, headers: challenge },
        );
        return new Registries(http, 2_000, () => login).login(new URL(registry.url).host, login);
    };

    it("is asked with the token that its token server gives for a login", async () => {
        registry.on("GET /token", { status: 200, body: { token: "short-lived" } });
        expect(await asked(`${registry.url}/token`)).to.equal("accepted");
        expect(registry.asked("GET /token")[0]?.headers.authorization).to.match(/^Basic /);
    });

    it("gets no password where anybody could read it", async () => {
        expect(await asked("http://registry.example.test/token")).to.equal("denied");
    });

    it("denies a login where its token server answers with a page", async () => {
        registry.on("GET /token", { status: 200, body: "<html>recognisable</html>" });
        expect(await asked(`${registry.url}/token`)).to.equal("denied");
    });
});
