import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type Listening, listen } from "../../../sandbox/doubles/github/listen.js";
import { api, ownerSeed } from "../../support/github.js";
import { waitFor } from "../../support/waitFor.js";

const WEBSITE = "/repos/acme/website";

interface Received {
    readonly event: string;
    readonly type: string;
    readonly signature: string;
    readonly body: string;
}

/** What a test of the double may rely on beyond GitHub's own interface. */
describe("the double of GitHub", function () {
    this.timeout(30_000);
    let directory: string;
    let stateFile: string;
    let double: Listening;
    let receiver: Server;
    const received: Received[] = [];

    before(async () => {
        directory = mkdtempSync(join(tmpdir(), "github-double-"));
        stateFile = join(directory, "state.json");
        double = await listen({ port: 0, seed: ownerSeed, stateFile });
        receiver = createServer(async (request, response) => {
            let body = "";
            for await (const chunk of request) body += chunk;
            const { "x-github-event": event, "x-hub-signature-256": signature, "content-type": type } = request.headers;
            received.push({ event: String(event), signature: String(signature), type: String(type), body });
            response.end();
        });
        await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    });
    after(async () => {
        await double?.close();
        receiver?.close();
        rmSync(directory, { recursive: true, force: true });
    });

    const delivered = (event: string): Promise<Received> =>
        waitFor(`the delivery of ${event}`, () => {
            const found = received.find((each) => each.event === event);
            if (!found) throw new Error(`received: ${received.map((each) => each.event).join(", ")}`);
            return found;
        });
    const own = async (path: string) => (await fetch(`${double.origin}/_sandbox/${path}`)).json();
    const write = (path: string, text: string, token?: string) => {
        const content = Buffer.from(text).toString("base64");
        return api(double, "PUT", `${WEBSITE}/contents/${path}`, { message: `Add ${path}`, content }, token);
    };

    it("answers 404 to what it does not serve, and records it", async () => {
        expect(await own("unhandled")).to.deep.equal([]);
        expect((await api(double, "GET", `${WEBSITE}/rulesets`)).status).to.equal(404);
        expect((await api(double, "PUT", "/user")).status).to.equal(404);
        expect((await fetch(`${double.origin}/somewhere`)).status).to.equal(404);
        const unhandled = (await own("unhandled")) as { method: string; path: string }[];
        expect(unhandled.map(({ method, path }) => `${method} ${path}`)).to.deep.equal([
            `GET /api/v3${WEBSITE}/rulesets`,
            "PUT /api/v3/user",
            "GET /somewhere",
        ]);
        expect((await fetch(`${double.origin}/api/graphql`, { method: "POST" })).status).to.equal(501);
    });

    it("lets accounts do what their role allows", async () => {
        expect((await write("bot.txt", "x", "ghp_bot")).status).to.equal(201);
        expect((await write("stranger.txt", "x", "ghp_stranger")).status).to.equal(403);
        expect((await api(double, "GET", `${WEBSITE}/hooks`, undefined, "ghp_bot")).status).to.equal(403);
        expect((await api(double, "GET", `${WEBSITE}/actions/secrets`, undefined, "ghp_stranger")).status).to.equal(
            403,
        );
        const { permissions } = (await api(double, "GET", WEBSITE, undefined, "ghp_bot")).body;
        expect(permissions).to.include({ admin: false, push: true });
        const secrets = await fetch(`${double.origin}/_sandbox/secrets/acme/website`);
        expect(secrets.status).to.equal(403);
    });

    it("delivers a push with its head commit, encoded and signed as asked", async () => {
        const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook?access_token=planted`;
        const config = { url, content_type: "form", secret: "hook-secret" };
        await api(double, "POST", `${WEBSITE}/hooks`, { name: "web", events: ["push", "deployment"], config });
        const { commit } = (await write("pushed.txt", "x")).body as { commit: { sha: string } };
        const push = await delivered("push");
        expect(push.type).to.equal("application/x-www-form-urlencoded");
        const digest = createHmac("sha256", "hook-secret")
            .update(push.body ?? "")
            .digest("hex");
        expect(push.signature).to.equal(`sha256=${digest}`);
        const payload = JSON.parse(new URLSearchParams(push.body).get("payload") ?? "");
        expect(payload).to.deep.include({ ref: "refs/heads/main", after: commit.sha });
        expect(payload.head_commit).to.deep.include({
            id: commit.sha,
            added: ["pushed.txt"],
            message: "Add pushed.txt",
        });
        expect(JSON.stringify(await own("requests"))).to.not.match(/planted|hook-secret/);
    });

    it("announces a deployment", async () => {
        const body = { ref: "main", required_contexts: [] };
        await api(double, "POST", `${WEBSITE}/deployments`, body);
        await delivered("deployment");
    });

    it("logs an account in by OAuth, without a browser", async () => {
        const form = (values: Record<string, string>) => ({
            method: "POST",
            body: new URLSearchParams(values),
            redirect: "manual" as const,
            headers: { accept: "application/json" },
        });
        const redirect_uri = "http://127.0.0.1:18000/authorize";
        const app = { client_id: "client", redirect_uri };
        const page = await fetch(`${double.origin}/login/oauth/authorize?${new URLSearchParams(app)}`);
        expect(page.status).to.equal(200);
        const picked = { ...app, login: "ci-bot", state: "s", scope: "repo" };
        const callback = await fetch(`${double.origin}/login/oauth/callback`, form(picked));
        const code = new URL(callback.headers.get("location") ?? "").searchParams.get("code") ?? "";
        const exchange = { client_id: "client", client_secret: "client-secret", code };
        const answer = await fetch(`${double.origin}/login/oauth/access_token`, form(exchange));
        const { access_token } = (await answer.json()) as { access_token: string };
        expect((await api(double, "GET", "/user", undefined, access_token)).body.login).to.equal("ci-bot");
        const again = await fetch(`${double.origin}/login/oauth/access_token`, form(exchange));
        expect(await again.json()).to.include({ error: "bad_verification_code" });
    });

    it("is the same after a restart", async () => {
        await api(double, "POST", `${WEBSITE}/actions/variables`, { name: "KEPT", value: "1" });
        const paths = [WEBSITE, `${WEBSITE}/commits`, `${WEBSITE}/hooks`, `${WEBSITE}/actions/variables`];
        paths.push(`${WEBSITE}/actions/secrets/public-key`, `${WEBSITE}/deployments`, "/user/repos", "/orgs/acme");
        const read = async () => Promise.all(paths.map(async (path) => (await api(double, "GET", path)).body));
        const before = await read();
        const port = Number(new URL(double.origin).port);
        await double.close();
        double = await listen({ port, seed: ownerSeed, stateFile });
        await waitFor("connections to the closed server to be given up", () => api(double, "GET", "/orgs/acme"));
        expect(await read()).to.deep.equal(before);
        expect(statSync(stateFile).mode & 0o777).to.equal(0o600);
        const created = await api(double, "POST", "/orgs/acme/repos", { name: "later" });
        expect(created.status).to.equal(201);
        const ids = (await api(double, "GET", "/user/repos")).body.items as { id: number }[];
        expect(new Set(ids.map(({ id }) => id)).size).to.equal(ids.length);
    });

    it("does not run out of requests", async function () {
        this.timeout(60_000);
        for (let round = 0; round < 21; round++) {
            const batch = Array.from({ length: 250 }, () => api(double, "GET", "/orgs/acme"));
            const statuses = (await Promise.all(batch)).map(({ status }) => status);
            expect(statuses.every((status) => status === 200)).to.equal(true);
        }
    });
});
