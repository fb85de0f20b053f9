import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { NodeMirrors } from "../../../../components/registry/nodeMirrors.js";
import { nodes as nodesBlock } from "../../../../config/nodes.js";
import { locate } from "../../../../sandbox/lib/places.js";
import { findExecutable } from "../../../../sandbox/lib/run.js";
import { deadAddress, Engine } from "../../../contract/pulumi/engine.js";
import { SshHost } from "../../../support/sshHost.js";

/** Two nodes over SSH, one of which nobody answers for, with the real containerd on the other. */
describe("mirrors on the cluster's nodes", function () {
    this.timeout(240_000);
    let node: SshHost;
    let engine: Engine;
    let dead: { host: string; port: number };
    let upstreams: Record<string, object>;
    let hosts: readonly ("alive" | "dead")[] = ["alive"];

    before(async function () {
        if (!SshHost.isPossible() || findExecutable("containerd", locate().bin) === undefined) {
            console.log("      skipped: this machine lets nobody make mounts, or has no containerd");
            this.skip();
        }
        node = await SshHost.start();
        const configuration = join(node.directory, "etc/containerd");
        rmSync(configuration, { recursive: true, force: true });
        mkdirSync(configuration);
        writeFileSync(
            join(configuration, "config.toml"),
            'version = 2\n[plugins."io.containerd.grpc.v1.cri".registry]\n  config_path = "/etc/containerd/certs.d"\n',
        );
        const [host = "", port] = (await deadAddress()).split(":");
        dead = { host, port: Number(port) };
        upstreams = {
            "docker.io": { mirrors: [{ url: "http://10.0.20.10:5000" }] },
            "ghcr.io": { mirrors: [{ url: "http://10.0.20.10:5010" }] },
        };
        engine = await Engine.start(declare, { host: join(__dirname, "../../../../providers/host") });
    });
    after(async () => {
        await engine?.stop();
        await node?.stop();
    });

    async function declare(): Promise<undefined> {
        const key = { path: "nodes", key: "ssh" };
        const both = {
            alive: { host: "127.0.0.1", port: node.port, user: "root", hostKey: node.hostKey, key },
            dead: { ...dead, user: "root", hostKey: node.hostKey, key },
        };
        const named = Object.fromEntries(hosts.map((name) => [name, both[name]]));
        new NodeMirrors("mirrors", {
            nodes: nodesBlock.parse({ hosts: named, upstreams }),
            credentials: { value: () => pulumi.secret(node.loginKey) },
            adopt: true,
        });
        return undefined;
    }

    const file = (registry: string) => join(node.directory, "etc/containerd/certs.d", registry, "hosts.toml");

    it("are put on a node, seen when somebody edits them, and mended", async () => {
        const made = await engine.up();
        expect(made.exitCode, made.text).to.equal(0);
        const wanted = readFileSync(file("docker.io"), "utf8");
        expect(wanted).to.contain("http://10.0.20.10:5000");
        const quiet = await engine.drift();
        expect(quiet.exitCode, quiet.text).to.equal(0);

        writeFileSync(file("docker.io"), "# by hand\n");
        const seen = await engine.drift();
        expect([seen.exitCode, Object.keys(seen.changes)], seen.text).to.deep.equal([
            7,
            ["mirrors-alive-found", "mirrors-alive-push"],
        ]);
        const mended = await engine.up({ refresh: true });
        expect(mended.exitCode, mended.text).to.equal(0);
        expect(readFileSync(file("docker.io"), "utf8")).to.equal(wanted);
    });

    it("go when the config drops them, also where another node does not answer, which is named", async () => {
        delete upstreams["ghcr.io"];
        hosts = ["alive", "dead"];
        const half = await engine.up();
        expect(half.exitCode).to.equal(1);
        expect(half.text).to.contain("mirrors-dead").and.contain(`${dead.host}:${dead.port}`);
        expect(existsSync(file("ghcr.io")), half.text).to.equal(false);
        expect(existsSync(file("docker.io"))).to.equal(true);
        hosts = ["alive"];
        const whole = await engine.up();
        expect(whole.exitCode, whole.text).to.equal(0);
    });
});
