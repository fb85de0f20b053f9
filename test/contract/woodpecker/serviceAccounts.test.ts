import { existsSync } from "node:fs";
import { expect } from "chai";
import { Cluster } from "../../support/cluster.js";
import { waitFor } from "../../support/waitFor.js";
import { type Client, type Pipeline, until } from "./client.js";
import { startWorld, type World } from "./world.js";

const namespace = "contract-pipelines";
const script = [
    'test -n "$SERVICEACCOUNT_DIR" || { echo no account; exit 0; }',
    'echo "$(cat "$SERVICEACCOUNT_DIR/namespace") $(cut -d. -f2 "$SERVICEACCOUNT_DIR/token")"',
    'curl -s -o /dev/null -w "%{http_code}\\\\n" --cacert "$SERVICEACCOUNT_DIR/ca.crt" "https://$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT/api"',
    'stat -c "%a" "$SERVICEACCOUNT_DIR/token"; echo "$SERVICEACCOUNT_DIR"',
].join("\n");

describe("Woodpecker: the ServiceAccount of a step", function () {
    this.timeout(60_000);
    let cluster: Cluster;
    let world: World;
    let admin: Client;
    let repo: number;
    before(async function () {
        cluster = Cluster.ofSandbox();
        await cluster.createNamespace(namespace);
        for (const [name, automountServiceAccountToken] of [
            ["deployer", true],
            ["tokenless", false],
        ] as const) {
            const body = { metadata: { name }, automountServiceAccountToken };
            await waitFor(`ServiceAccount ${name}`, () =>
                cluster.core.createNamespacedServiceAccount({ namespace, body }),
            );
        }
        world = await startWorld(() => this.skip(), { kubeconfig: process.env.KUBECONFIG ?? "", namespace });
        admin = world.admin;
        repo = await admin.activate(await world.app.remoteId(), "acme/app");
    });
    after(async () => {
        await world?.close();
        await cluster.deleteNamespace(namespace);
    });

    /** Runs one step, in what would be an image in a cluster. */
    async function run(account?: string): Promise<Pipeline> {
        const file = [
            "skip_clone: true",
            "when: {event: manual}",
            "steps:",
            "  - name: s",
            "    image: shell:1",
            ...(account ? [`    backend_options: {kubernetes: {serviceAccountName: ${account}}}`] : []),
            "    commands:",
            `      - ${JSON.stringify(script)}`,
        ];
        await world.app.workflows({ "w.yml": `${file.join("\n")}\n` });
        return admin.runToEnd(repo);
    }

    /** What the step printed, without its commands, which come first. */
    async function printed(pipeline: Pipeline): Promise<string[]> {
        const log = await admin.log(repo, pipeline, "s");
        const end = log.findLastIndex((line) => line.includes("stat -c"));
        return log.slice(end + 1).filter((line) => line !== "");
    }

    const subject = (payload = "") => JSON.parse(Buffer.from(payload, "base64url").toString()).sub;

    it("has a token of the account that the step names, for the API server, for its owner's eyes, until the step ends", async () => {
        const pipeline = await run("deployer");
        const lines = await printed(pipeline);
        expect(pipeline.status, lines.join("\n")).to.equal("success");
        const [identity = "", answer, mode, directory = ""] = lines;
        const [mounted, payload] = identity.split(" ");
        expect(mounted).to.equal(namespace);
        expect(subject(payload)).to.equal(`system:serviceaccount:${namespace}:deployer`);
        // Without the token the server asks who it is, over a connection that the CA vouches for.
        expect([answer, mode]).to.deep.equal(["401", "600"]);
        await until("the files to be gone", async () => !existsSync(directory));
    });

    it("is the namespace's own where the step names none", async () => {
        const [identity] = await printed(await run());
        expect(subject(identity?.split(" ")[1])).to.equal(`system:serviceaccount:${namespace}:default`);
    });

    it("has no token where the account wants none to be mounted", async () => {
        expect(await printed(await run("tokenless"))).to.deep.equal(["no account"]);
    });

    it("fails the step where there is no such account, as the pod would never start", async () => {
        const { status, workflows } = await run("nobody");
        expect([status, workflows?.[0]?.children?.[0]?.state]).to.deep.equal(["failure", "failure"]);
    });
});
