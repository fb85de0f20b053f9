import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { parseHistory } from "../../../../jobs/drift/history/history.js";
import { noNews } from "../../../../jobs/drift/history/news.js";
import { exitCodeOf } from "../../../../jobs/drift/report/summary.js";
import { type DriftRun, runDrift } from "../../../../jobs/drift/run.js";
import { driftSettings } from "../../../../jobs/drift/settings.js";
import { putProgram } from "../../../support/shell.js";

type Resource = Readonly<Record<string, unknown>>;

const urn = (type: string, name: string) => `urn:pulumi:prod::cicd::${type}::${name}`;
const resource = (type: string, name: string, rest: Resource): Resource => ({
    urn: urn(type, name),
    type,
    custom: true,
    ...rest,
});

/** What each system has in the state: enough to be asked about. @param url of all of them */
const states: Readonly<Record<string, (url: string) => readonly Resource[]>> = {
    Kubernetes: () => [
        resource("kubernetes:rbac.authorization.k8s.io/v1:Role", "role", {
            inputs: {
                apiVersion: "rbac.authorization.k8s.io/v1",
                kind: "Role",
                metadata: { name: "deployer", namespace: "website" },
                rules: [],
            },
        }),
    ],
    GitHub: (url) => [
        resource("pulumi:providers:github", "github", { inputs: { owner: "acme", baseUrl: `${url}/` } }),
        resource("github:index/actionsSecret:ActionsSecret", "secret", {
            inputs: { repository: "website", secretName: "TOKEN" },
            outputs: { repository: "website", secretName: "TOKEN", updatedAt: "2026-11-24 10:00:00 +0000 UTC" },
        }),
    ],
    Vault: (url) => [
        resource("pulumi:providers:vault", "vault", { inputs: { address: url } }),
        resource("vault:index/authBackend:AuthBackend", "method", {
            id: "kubernetes",
            inputs: { type: "kubernetes", path: "kubernetes" },
            outputs: { type: "kubernetes", path: "kubernetes" },
        }),
    ],
    Woodpecker: (url) => [
        resource("pulumi:providers:woodpecker", "woodpecker", { inputs: { server: url } }),
        resource("woodpecker:index:Repository", "repository", {
            inputs: { fullName: "acme/website" },
            outputs: { fullName: "acme/website", repositoryId: 1 },
        }),
    ],
};

const changed = (name: string) => {
    const type = "vault:index/policy:Policy";
    const metadata = { op: "update", urn: urn(type, name), type, old: {}, new: {} };
    return JSON.stringify({ resourcePreEvent: { metadata } });
};
const summary = JSON.stringify({ summaryEvent: { resourceChanges: {} } });

const answers: Readonly<Record<string, RequestListener>> = {
    "never answers": () => {},
    "answers garbage": (_, response) => void response.end("<html>It works!</html>"),
    "hangs up inside of an answer": (request, response) => {
        response.writeHead(200, { "content-type": "application/json", "content-length": 1000 });
        response.write('{"items": [', () => request.socket.destroy());
    },
    "refuses an expired token": (_, response) => void response.writeHead(401).end('{"message":"token is expired"}'),
    "is broken": (_, response) => void response.writeHead(500).end("oops"),
};

describe("a drift run", function () {
    this.timeout(60_000);
    let directory: string;
    const servers: Server[] = [];
    const { KUBECONFIG } = process.env;

    beforeEach(() => {
        directory = mkdtempSync(join(tmpdir(), "drift-faults-"));
        process.env.KUBECONFIG = join(directory, "kubeconfig");
    });
    afterEach(async () => {
        if (KUBECONFIG === undefined) delete process.env.KUBECONFIG;
        else process.env.KUBECONFIG = KUBECONFIG;
        for (const server of servers.splice(0)) {
            server.closeAllConnections();
            server.close();
        }
        rmSync(directory, { recursive: true });
    });

    /** @returns its address */
    async function serve(listener: RequestListener): Promise<string> {
        const started = createServer(listener);
        servers.push(started);
        await new Promise<void>((listening) => started.listen(0, "127.0.0.1", listening));
        return `http://127.0.0.1:${(started.address() as AddressInfo).port}`;
    }

    async function serveSlack() {
        const messages: string[] = [];
        const url = await serve((request, response) => {
            request.on("data", (chunk: Buffer) => messages.push(chunk.toString()));
            request.on("end", () => response.end("ok"));
        });
        return { messages, slack: `${url}/hook` };
    }

    /** An engine that has this in its state, and says this. It stands for the real one, whose words other tests compare. */
    function putEngine(place: string, state: readonly Resource[], preview: string): void {
        mkdirSync(join(directory, place), { recursive: true });
        writeFileSync(join(directory, place, "state.json"), JSON.stringify({ deployment: { resources: state } }));
        const script = `#!/bin/sh
cd "$(dirname "$0")"
[ "$1" = stack ] && exec cat state.json
while [ "$1" != --event-log ]; do shift; done
${preview}
`;
        putProgram(join(directory, place), "pulumi", script);
    }

    function look(place: string, more: Readonly<Record<string, string>> = {}): Promise<DriftRun> {
        const { PATH = "" } = process.env;
        return runDrift(
            driftSettings([], {
                PATH: `${join(directory, place)}:${PATH}`,
                STACKS: "prod",
                PROGRAM_DIRECTORY: directory,
                HISTORY: join(directory, place, "history.json"),
                CONFIRM_AFTER_SECONDS: "0",
                REQUEST_TIMEOUT_SECONDS: "1",
                DEADLINE_SECONDS: "40",
                VAULT_TOKEN: "hvs.planted",
                GITHUB_TOKEN: "ghp_planted",
                WOODPECKER_TOKEN: "planted",
                ...more,
            }),
        );
    }

    const known = (place: string) => {
        const file = join(directory, place, "history.json");
        return Object.keys(parseHistory(readFileSync(file, "utf8"), file).findings);
    };
    const drifting = `printf '%s\\n' '${changed("before")}' '${summary}' > "$2"; exit 7`;
    const clean = `printf '%s\\n' '${summary}' > "$2"`;

    /** A night with drift, then one with the fault: it may neither be clean nor forget. @returns the second */
    async function nightAfter(place: string, state: readonly Resource[], preview: string): Promise<DriftRun> {
        putEngine(place, state, drifting);
        const first = await look(place, { AUDIT: "false" });
        expect(first.results[0]?.findings, JSON.stringify(first.results)).to.have.lengthOf(1);
        const before = known(place);
        putEngine(place, state, preview);
        const second = await look(place);
        const words = `${place}: ${JSON.stringify(second.results)}`;
        expect(second.results[0]?.state, words).to.equal("error");
        expect(exitCodeOf(second), words).to.equal(1);
        expect(second.news.resolved, words).to.deep.equal([]);
        expect(known(place), words).to.include.members(before);
        expect(JSON.stringify(second.results)).not.to.include("planted");
        return second;
    }

    /** An engine that has nothing to say, and one system that has a fault. */
    async function expectErrors(system: string, url: string, place = system): Promise<void> {
        const { results } = await nightAfter(place, states[system]?.(url) ?? [], clean);
        expect(results[0]?.errors, place).to.have.lengthOf.at.least(1);
    }

    const down = "http://127.0.0.1:9";

    it("is neither clean nor forgetful, whatever is wrong with GitHub, Vault or Woodpecker", async () => {
        // All at once: most of the time goes by in waiting for another try.
        const faults = Object.entries(answers).map(async ([what, listener]) => [what, await serve(listener)] as const);
        const all = [["is down", down] as const, ...(await Promise.all(faults))];
        const systems = Object.keys(states).filter((system) => system !== "Kubernetes");
        await Promise.all(
            all.flatMap(([what, url]) => systems.map((system) => expectErrors(system, url, `${system} ${what}`))),
        );
    });

    for (const what of ["is down", "answers garbage", "refuses an expired token"]) {
        it(`is neither clean nor forgetful when Kubernetes ${what}`, async () => {
            const listener = answers[what];
            const cluster = { name: "c", cluster: { server: listener ? await serve(listener) : down } };
            const context = { name: "c", context: { cluster: "c", user: "u" } };
            const users = [{ name: "u", user: { token: "planted" } }];
            const config = { clusters: [cluster], contexts: [context], users, "current-context": "c" };
            writeFileSync(process.env.KUBECONFIG ?? "", JSON.stringify(config));
            await expectErrors("Kubernetes", "");
        });
    }

    const engines: Readonly<Record<string, string>> = {
        "was killed": "kill -9 $$",
        "was killed after its last word": `${clean}; kill -9 $$`,
        "wrote garbage": 'echo garbage > "$2"',
        "lacks a plugin": "echo \"error: no resource plugin 'pulumi-resource-vault' found\" >&2; exit 255",
        "found the state locked": "echo 'error: the stack is currently locked by 1 lock(s)' >&2; exit 255",
    };
    for (const [what, preview] of Object.entries(engines)) {
        it(`whose engine ${what} is neither clean nor forgetful`, async () => {
            await nightAfter("engine", [], preview);
        });
    }

    it("without a history that can be read says so, and takes nothing for new", async () => {
        const { messages, slack } = await serveSlack();
        putEngine("unread", [], drifting);
        writeFileSync(join(directory, "unread/history.json"), "{");
        const run = await look("unread", { AUDIT: "false", SLACK_WEBHOOK: slack });
        expect(run.history).to.equal(undefined);
        expect(run.news).to.deep.equal(noNews);
        expect(messages).to.have.lengthOf(1);
        expect(messages[0]).to.include("cannot be told").and.include("prod drift (1)").and.not.include("New drift");
        expect(exitCodeOf(run)).to.equal(1);
        expect(readFileSync(join(directory, "unread/history.json"), "utf8")).to.equal("{");
    });

    it("by hand tells nobody, and leaves the news to the next night", async () => {
        const { messages, slack } = await serveSlack();
        putEngine("by-hand", [], drifting);
        const more = { AUDIT: "false", SLACK_WEBHOOK: slack };
        await look("by-hand", { ...more, BY_HAND: "true" });
        expect(messages).to.deep.equal([]);
        const night = await look("by-hand", more);
        expect(night.news.added).to.have.lengthOf(1);
        expect(messages).to.have.lengthOf(1);
    });

    it("with 2000 findings remembers each of them", async () => {
        const lines = Array.from({ length: 2000 }, (_, i) => changed(`policy-${i}`));
        writeFileSync(join(directory, "many"), [...lines, summary, ""].join("\n"));
        putEngine("many-findings", [], `cp ../many "$2"; exit 7`);
        const run = await look("many-findings");
        expect(run.results[0]?.findings).to.have.lengthOf(2000);
        expect(exitCodeOf(run)).to.equal(7);
        expect(known("many-findings")).to.have.lengthOf(2000);
    });
});
