import { createPublicKey } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { verdictOn } from "../../../jobs/secret-extension/signature.js";
import { startWorld, type World } from "./world.js";

interface Heard {
    readonly method: string;
    readonly target: string;
    readonly headers: IncomingHttpHeaders;
    readonly body: Buffer;
    readonly time: number;
}

type Answer = { readonly status: number; readonly text?: string } | "no answer";

/** Lines of Woodpecker's source are those of v3.17.0. */
describe("Woodpecker: the secret extension", function () {
    this.timeout(90_000);
    let world: World;
    let repo: number;
    let extension: Server;
    let heard: Heard[];
    let answer: (attempt: number, target: string) => Answer;

    before(async function () {
        extension = createServer(async (request, response) => {
            const chunks: Buffer[] = [];
            for await (const chunk of request) chunks.push(chunk as Buffer);
            const { method = "", url: target = "", headers } = request;
            heard.push({ method, target, headers, body: Buffer.concat(chunks), time: Date.now() / 1000 });
            const given = answer(heard.length, target);
            if (given !== "no answer") response.writeHead(given.status).end(given.text);
        });
        await new Promise<void>((listening) => extension.listen(0, "127.0.0.1", listening));
        world = await startWorld(() => this.skip(), undefined, {
            WOODPECKER_SECRET_EXTENSION_ENDPOINT: at("/all"),
            WOODPECKER_EXTENSIONS_ALLOWED_HOSTS: "loopback",
            SANDBOX_EXTENSION_TIMEOUT_SECONDS: "1",
        });
        repo = await world.admin.activate(await world.app.remoteId(), "acme/app");
        for (const name of ["stored", "both"]) {
            await world.admin.json("POST", "/api/secrets", { name, value: `${name}-stored`, events: ["manual"] });
        }
        await world.app.workflows({
            "w.yml": [
                "skip_clone: true",
                "when: {event: manual}",
                "steps:",
                "  - name: s",
                "    image: bash",
                "    environment: {A: {from_secret: stored}, B: {from_secret: both}}",
                '    commands: [\'for v in "$A" "$B"; do echo "$v" | rev; done\']',
                "",
            ].join("\n"),
        });
    });
    beforeEach(() => {
        heard = [];
        answer = () => serves({ name: "both", value: "both-served" });
    });
    after(async () => {
        await world?.close();
        extension.closeAllConnections();
        extension.close();
    });

    const at = (path: string) => `http://127.0.0.1:${(extension.address() as AddressInfo).port}${path}`;
    const serves = (...secrets: readonly object[]): Answer => ({ status: 200, text: JSON.stringify({ secrets }) });
    const reversed = (text: string) => [...text].reverse().join("");

    /** What the step got, of both names. */
    async function values(): Promise<string[]> {
        const pipeline = await world.admin.runToEnd(repo);
        expect(pipeline.status, JSON.stringify(pipeline.errors)).to.equal("success");
        return (await world.admin.log(repo, pipeline, "s")).slice(1).map(reversed);
    }

    it("is asked for a pipeline's secrets, which come before stored ones of their name (services/secret/combined.go:37)", async () => {
        expect(await values()).to.deep.equal(["stored-stored", "both-served"]);
        expect(heard).to.have.lengthOf(1);
        const [{ method, target, headers, body } = {} as Heard] = heard;
        expect([method, target, headers["content-type"]]).to.deep.equal(["POST", "/all", "application/json"]);
        const sent = JSON.parse(body.toString()) as Record<string, Record<string, unknown>>;
        expect(Object.keys(sent).sort()).to.deep.equal(["pipeline", "repo"]);
        expect(sent.repo).to.include({ full_name: "acme/app", owner: "acme", name: "app" });
        expect(sent.pipeline).to.include({ event: "manual", branch: "main" });
    });

    it("is asked with a signature of the key that the server shows (services/utils/http.go:60, api/signature_public_key.go:36)", async () => {
        await values();
        const shown = await world.guest.ask("GET", "/api/signature/public-key");
        expect(shown.status).to.equal(200);
        const [request = {} as Heard] = heard;
        const key = createPublicKey(shown.text);
        expect(verdictOn(request, key, Math.floor(request.time))).to.equal("good");
        expect(verdictOn({ ...request, target: "/other" }, key, Math.floor(request.time))).to.equal("wrong key");
        expect(request.headers["signature-input"]).to.match(
            /^woodpecker-ci-extensions=\("@request-target" "content-digest"\);created=\d+;alg="ed25519"$/,
        );
        expect(request.headers.signature).to.match(/^woodpecker-ci-extensions=:[A-Za-z0-9+/]{86}==:$/);
        expect(request.headers["content-digest"]).to.match(/^sha-256=:[A-Za-z0-9+/]{43}=:$/);
    });

    it("has the same key after a restart (services/setup.go:93)", async () => {
        const shown = async () => (await world.guest.ask("GET", "/api/signature/public-key")).text;
        const before = await shown();
        await world.restart();
        expect(await shown()).to.equal(before);
    });

    it("may hand out secrets without events, which every pipeline gets (pipeline/frontend/yaml/compiler/compiler.go:70)", async () => {
        answer = () => serves({ name: "both", value: "served-without", events: [] });
        expect(await values()).to.deep.equal(["stored-stored", "served-without"]);
        answer = () => serves({ name: "both", value: "served-for-push", events: ["push"] });
        const { status, errors } = await world.admin.run(repo);
        expect(status).to.equal("error");
        expect(errors?.[0]?.message).to.contain('secret "both" is not allowed to be used with pipeline event "manual"');
    });

    it("is left out in silence when it does not answer as it should, after three tries or one (services/utils/http.go:98)", async () => {
        const cases: readonly (readonly [string, Answer, number])[] = [
            ["a 500", { status: 500 }, 3],
            ["a 204, whose nothing is no JSON", { status: 204 }, 3],
            ["a 401", { status: 401, text: "no" }, 1],
            ["a page", { status: 200, text: "<html>" }, 1],
        ];
        for (const [what, given, tries] of cases) {
            heard = [];
            answer = () => given;
            expect(await values(), what).to.deep.equal(["stored-stored", "both-stored"]);
            expect(heard.length, what).to.equal(tries);
        }
    });

    it("is believed when a later try succeeds (services/utils/http.go:98)", async () => {
        answer = (attempt) => (attempt < 3 ? { status: 502 } : serves({ name: "both", value: "third-time" }));
        expect(await values()).to.deep.equal(["stored-stored", "third-time"]);
        const signatures = heard.map(({ headers }) => headers["signature-input"]);
        expect(signatures).to.have.lengthOf(3);
    });

    it("is left out in silence when it never answers, after three tries (services/utils/http.go:46)", async function () {
        // Thirty seconds of a real server.
        if (world.real) this.skip();
        answer = () => "no answer";
        expect(await values()).to.deep.equal(["stored-stored", "both-stored"]);
        expect(heard).to.have.lengthOf(3);
    });

    it("can be a repository's own, before the server's (services/manager.go:104)", async () => {
        answer = (_, target) => serves({ name: "both", value: `from-${target.slice(1)}` });
        const set = (secret_extension_endpoint: string) =>
            world.admin.json("PATCH", `/api/repos/${repo}`, { secret_extension_endpoint });
        await set(at("/own/"));
        try {
            expect(await values()).to.deep.equal(["stored-stored", "from-own"]);
            expect(heard.map(({ target }) => target).sort()).to.deep.equal(["/all", "/own"]);
        } finally {
            await set("");
        }
    });

    it("is not asked at an address that the server may not call (services/utils/hostmatcher/http.go:58)", async () => {
        const set = (secret_extension_endpoint: string) =>
            world.admin.json("PATCH", `/api/repos/${repo}`, { secret_extension_endpoint });
        answer = () => serves();
        await set("http://192.0.2.1:9/secrets");
        try {
            const started = performance.now();
            expect(await values()).to.deep.equal(["stored-stored", "both-stored"]);
            // It gives up before it connects, and does not try again.
            expect(performance.now() - started).to.be.lessThan(8000);
        } finally {
            await set("");
        }
    });
});
