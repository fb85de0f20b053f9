import { createHash } from "node:crypto";
import type { components } from "@octokit/openapi-types";
import { expect } from "chai";
import { base64, openTarget, type Target } from "./target.js";

type Schemas = components["schemas"];
type Commit = Schemas["file-commit"];
type File = Schemas["content-file"];

const PATH = ":repo/contents/.github/workflows/build.yml";
const blobHash = (text: string): string =>
    createHash("sha1")
        .update(`blob ${Buffer.byteLength(text)}\0${text}`)
        .digest("hex");

describe("GitHub contract: files, branches and commits", function () {
    this.timeout(30_000);
    let target: Target;
    let written: Commit;

    before(async () => {
        target = await openTarget();
    });
    after(() => target?.close());

    it("answers 404 for a file that is not there", async () => {
        expect((await target.call("GET", `${PATH}?ref=main`)).status).to.equal(404);
    });

    it("creates a file with 201, its git blob hash and the commit", async () => {
        const reply = await target.call<Commit>("PUT", PATH, {
            message: "Add",
            content: base64("on: push\n"),
            branch: "main",
            committer: { name: "Pipeline", email: "pipeline@example.org" },
        });
        written = reply.json;
        expect(reply.status).to.equal(201);
        expect(written.content?.sha).to.equal(blobHash("on: push\n"));
        expect(written.commit.sha).to.match(/^[0-9a-f]{40}$/);
    });

    it("shows it in base64, with a url that names the ref", async () => {
        const { json, status } = await target.call<File>("GET", `${PATH}?ref=main`);
        expect(status).to.equal(200);
        expect(json.encoding).to.equal("base64");
        expect(Buffer.from(json.content, "base64").toString()).to.equal("on: push\n");
        expect(new URL(json.url).searchParams.get("ref")).to.equal("main");
    });

    it("shows the commit with its message, committer and files", async () => {
        const { json } = await target.call<Schemas["commit"]>("GET", `:repo/commits/${written.commit.sha}`);
        expect(json.commit.message).to.equal("Add");
        expect(json.commit.committer).to.include({ name: "Pipeline", email: "pipeline@example.org" });
        expect(json.files?.map((file) => [file.filename, file.status])).to.deep.equal([
            [".github/workflows/build.yml", "added"],
        ]);
    });

    it("lists commits by path", async () => {
        const path = encodeURIComponent(".github/workflows/build.yml");
        const { json } = await target.call<Schemas["commit"][]>("GET", `:repo/commits?sha=main&path=${path}`);
        expect(json.map((commit) => commit.sha)).to.deep.equal([written.commit.sha]);
    });

    it("refuses a change without a hash with 422 and one with an old hash with 409", async () => {
        const body = { message: "x", content: base64("on: {}\n"), branch: "main" };
        expect((await target.call("PUT", PATH, body)).status).to.equal(422);
        expect((await target.call("PUT", PATH, { ...body, sha: blobHash("other") })).status).to.equal(409);
        expect((await target.call("DELETE", PATH, { ...body, sha: blobHash("other") })).status).to.equal(409);
    });

    it("changes it with 200 when the hash is right", async () => {
        const sha = written.content?.sha;
        const body = { message: "Change", content: base64("on: {}\n"), branch: "main", sha };
        const reply = await target.call<Commit>("PUT", PATH, body);
        expect(reply.status).to.equal(200);
        expect(reply.json.content?.sha).to.equal(blobHash("on: {}\n"));
    });

    it("does not write to a branch that is not there", async () => {
        const body = { message: "x", content: base64("x"), branch: "none" };
        expect((await target.call("PUT", ":repo/contents/x", body)).status).to.equal(404);
    });

    it("shows a branch with its head, and makes and deletes one", async () => {
        const branch = await target.call<Schemas["branch-with-protection"]>("GET", ":repo/branches/main");
        expect(branch.status).to.equal(200);
        expect(branch.json.commit.commit.message).to.equal("Change");
        expect(branch.json).to.include({ name: "main", protected: false });
        const body = { ref: "refs/heads/other", sha: branch.json.commit.sha };
        expect((await target.call("POST", ":repo/git/refs", body)).status).to.equal(201);
        const again = await target.call<{ message: string }>("POST", ":repo/git/refs", body);
        expect([again.status, again.json.message]).to.deep.equal([422, "Reference already exists"]);
        const ref = await target.call<Schemas["git-ref"]>("GET", ":repo/git/ref/heads/other");
        expect(ref.json.object.sha).to.equal(branch.json.commit.sha);
        expect((await target.call("DELETE", ":repo/git/refs/heads/other")).status).to.equal(204);
        expect((await target.call("GET", ":repo/branches/other")).status).to.equal(404);
    });

    it("gives the whole tree and each blob", async () => {
        const { json } = await target.call<Schemas["git-tree"]>("GET", ":repo/git/trees/main?recursive=1");
        const entry = json.tree.find((each) => each.path === ".github/workflows/build.yml");
        expect(entry).to.include({ type: "blob", mode: "100644", sha: blobHash("on: {}\n") });
        const blob = await target.call<Schemas["blob"]>("GET", `:repo/git/blobs/${entry?.sha}`);
        expect(Buffer.from(blob.json.content, "base64").toString()).to.equal("on: {}\n");
    });

    it("deletes it, with a content field in the body as the Terraform provider sends", async () => {
        const sha = blobHash("on: {}\n");
        const reply = await target.call("DELETE", PATH, { message: "Remove", content: "", sha, branch: "main" });
        expect(reply.status).to.equal(200);
        expect((await target.call("GET", `${PATH}?ref=main`)).status).to.equal(404);
    });
});
