import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { confirmed, type Look } from "../../../../jobs/drift/engine/confirm.js";
import { parseEvents } from "../../../../jobs/drift/engine/events.js";
import { judge, PulumiStack } from "../../../../jobs/drift/engine/pulumi.js";
import { plan, planned, stackDirectories } from "../../../../jobs/drift/engine/terraform.js";
import type { StateResource } from "../../../../jobs/drift/state.js";
import { aFinding } from "../../../support/drift/findings.js";
import { putProgram } from "../../../support/shell.js";

const POLICY = "vault:index/policy:Policy";
const urn = (name: string, type = POLICY) => `urn:pulumi:prod::cicd::${type}::${name}`;
const inState = (name: string): StateResource => ({
    urn: urn(name),
    type: POLICY,
    custom: true,
    inputs: {},
    outputs: {},
});

type Step = Record<string, unknown>;
const event = (kind: string, metadata: Step) => JSON.stringify({ [kind]: { metadata: { type: POLICY, ...metadata } } });
const summary = JSON.stringify({ summaryEvent: { resourceChanges: {} } });
const policy = (text: string) => ({ inputs: { policy: text }, outputs: { policy: text } });
const diff = { policy: { diffKind: "update", inputDiff: false } };

/** As the engine writes them in a preview with refresh. */
const edited = [
    event("resOutputsEvent", { op: "refresh", urn: urn("a"), old: policy("x"), new: policy("y"), detailedDiff: diff }),
    event("resourcePreEvent", { op: "update", urn: urn("a"), old: policy("y"), new: policy("x"), detailedDiff: diff }),
];
const deleted = [
    event("resOutputsEvent", { op: "refresh", urn: urn("b"), old: policy("x"), new: null }),
    event("resourcePreEvent", { op: "create", urn: urn("b"), old: null, new: policy("x") }),
];
const pending = [
    event("resourcePreEvent", { op: "update", urn: urn("c"), old: policy("x"), new: policy("y"), detailedDiff: diff }),
];
const undeclared = [event("resourcePreEvent", { op: "delete", urn: urn("d"), old: policy("x"), new: null })];

function judged(lines: readonly string[], code: number | undefined, stderr = ""): Look {
    const state = ["a", "b", "c", "d"].map(inState);
    return judge("prod", { code, stdout: "", stderr }, parseEvents(lines.join("\n")), state);
}

describe("what a preview says", () => {
    it("is clean when it ended with 0, to the end, and would change nothing", () => {
        expect(judged([summary], 0)).to.deep.equal({ findings: [] });
    });

    it("is drift when it ended with 7, by what happened to each resource", () => {
        const { findings = [] } = judged([...edited, ...deleted, ...pending, ...undeclared, summary], 7);
        expect(findings.map(({ kind, cause }) => [kind, cause])).to.deep.equal([
            ["changed", "edited"],
            ["missing", "deleted"],
            ["changed", "pending"],
            ["extra", "pending"],
        ]);
        expect(findings[0]?.differences).to.deep.equal([{ path: "policy", declared: "x", live: "y" }]);
    });

    it("is an image behind its pin in those words", () => {
        const type = "kubernetes:apps/v1:DeploymentPatch";
        const step = {
            type,
            urn: urn("web", type),
            detailedDiff: { "spec.template.spec.containers[0].image": { diffKind: "update" } },
        };
        const lines = ["refresh", "update"].map((op) =>
            event(op === "refresh" ? "resOutputsEvent" : "resourcePreEvent", { ...step, op, new: {} }),
        );
        expect(judged([...lines, summary], 7).findings?.[0]?.cause).to.equal("pin");
    });

    it("is an error in every other case, and never clean", () => {
        const failed = JSON.stringify({
            diagnosticEvent: { urn: urn("a"), severity: "error", message: "<{%reset%}>no route" },
        });
        for (const [lines, code] of [
            [[], 0],
            [edited, 7],
            [[summary], 7],
            [[...edited, summary], 0],
            [[failed, summary], 0],
            [[failed, summary], 1],
            [["garbage", '{"half'], 0],
            [[summary], 255],
            [[summary], undefined],
        ] as const) {
            expect(judged(lines, code).error, `${lines.length} lines, code ${code}`).to.be.a("string");
        }
        expect(judged([failed, summary], 1).error).to.include("a: no route");
    });

    it("shows no secret", () => {
        const secret = { inputs: { token: "s3cret", plain: "x" }, outputs: { token: "s3cret", plain: "y" } };
        const step = { urn: urn("a"), detailedDiff: { token: { diffKind: "update" }, plain: { diffKind: "update" } } };
        const line = event("resourcePreEvent", { ...step, op: "update", old: secret, new: secret });
        expect(JSON.stringify(judged([line, summary], 7).findings)).not.to.include("s3cret");
    });
});

describe("what a preview says of secrets in the environment", () => {
    it("is masked by the variable's name", () => {
        const object = (value: string) => ({ spec: { containers: [{ env: [{ name: "DB_PASSWORD", value }] }] } });
        const line = event("resourcePreEvent", {
            urn: urn("a"),
            op: "update",
            old: { inputs: object("before"), outputs: object("before") },
            new: { inputs: object("hunter2"), outputs: object("hunter2") },
            detailedDiff: { "spec.containers[0].env[0].value": { diffKind: "update" } },
        });
        const [found] = judged([line, summary], 7).findings ?? [];
        expect(found?.differences).to.deep.equal([
            { path: "spec.containers[0].env[0].value", declared: "[secret]", live: "[secret]" },
        ]);
    });
});

describe("a finding", () => {
    const [one, two] = [aFinding(), aFinding({ resource: "urn:other" })];
    const looks = (...all: Look[]) =>
        confirmed(
            async () => all.shift() ?? { error: "too many looks" },
            async () => {},
        );
    const error = { error: "broken" };

    it("of the engine stays the same when a refresh makes another cause likely", () => {
        expect(aFinding({ cause: "edited" }).id).to.equal(aFinding({ cause: "pending" }).id);
        expect(aFinding({ kind: "missing" }).id).to.not.equal(aFinding({ kind: "changed" }).id);
        const audited = (changes: object) => aFinding({ seenBy: "audit", ...changes }).id;
        expect(audited({ cause: "overwritten" })).to.not.equal(audited({ cause: "stale" }));
    });

    it("counts when it was seen twice", async () => {
        expect(await looks({ findings: [one, two] }, { findings: [one] })).to.deep.equal({ findings: [one] });
        expect(await looks({ findings: [one] }, { findings: [] })).to.deep.equal({ findings: [] });
        expect(await looks({ findings: [] })).to.deep.equal({ findings: [] });
    });

    it("is not known when the second look failed", async () => {
        expect(await looks({ findings: [one] }, error)).to.deep.equal(error);
        expect(await looks(error, error)).to.deep.equal(error);
    });

    it("is looked for again after a failure in passing", async () => {
        expect(await looks(error, { findings: [one] }, { findings: [one] })).to.deep.equal({ findings: [one] });
        expect(await looks(error, { findings: [] })).to.deep.equal({ findings: [] });
    });
});

describe("the engines as programs", () => {
    let directory: string;
    beforeEach(() => {
        directory = mkdtempSync(join(tmpdir(), "engine-"));
    });
    afterEach(() => rmSync(directory, { recursive: true }));

    const options = (seconds = 20) => ({
        directory,
        env: { PATH: `${directory}/bin:${process.env.PATH}` },
        previewSeconds: seconds,
        planSeconds: seconds,
        command: "terragrunt",
        remainingMs: () => 60_000,
        signal: new AbortController().signal,
    });
    const put = (name: string, text: string) => putProgram(join(directory, "bin"), name, `#!/bin/sh\n${text}\n`);

    it("that are killed, hang or are not there say so", async () => {
        const look = (seconds?: number) => new PulumiStack("prod", options(seconds)).preview([]);
        put("pulumi", "kill -9 $$");
        expect((await look()).error).to.include("was killed (SIGKILL)");
        put("pulumi", "sleep 60");
        expect((await look(0.2)).error).to.include("did not end within");
        rmSync(join(directory, "bin/pulumi"));
        const missing = new PulumiStack("prod", { ...options(), env: { PATH: "/nowhere" } });
        expect((await missing.preview([])).error).to.include("is not installed");
    }).timeout(30_000);

    it("terraform: 0, 2 and 1 are clean, drift and an error", async () => {
        const look = () => plan({ stack: "web", path: directory }, options());
        put("terragrunt", "echo 'No changes. Your infrastructure matches the configuration.'");
        expect(await look()).to.deep.equal({ findings: [] });
        put("terragrunt", "exit 0");
        expect((await look()).error).to.include("does not say that there are no changes");
        put("terragrunt", "echo '  # module.web.kubernetes_deployment.app will be updated in-place'; exit 2");
        const { findings = [] } = await look();
        expect(findings.map(({ name, kind }) => [name, kind])).to.deep.equal([
            ["module.web.kubernetes_deployment.app", "changed"],
        ]);
        put("terragrunt", "echo 'Changes to Outputs:'; exit 2");
        expect((await look()).findings).to.have.lengthOf(1);
        put("terragrunt", "echo 'terragrunt: 12: Syntax error' >&2; exit 2");
        expect((await look()).error).to.include("shows no plan: terragrunt: 12: Syntax error");
        put("terragrunt", "echo 'Error: connection refused on localhost:5432' >&2; exit 1");
        expect((await look()).error).to.include("connection refused");
    }).timeout(30_000);

    it("terraform: directories by name or all in one", () => {
        for (const name of ["web", "vault", "notes"]) mkdirSync(join(directory, "stacks", name), { recursive: true });
        for (const name of ["web", "vault"]) writeFileSync(join(directory, "stacks", name, "terragrunt.hcl"), "");
        const web = { stack: "web", path: join(directory, "stacks/web") };
        expect(stackDirectories([join(directory, "stacks/*")], ["vault"])).to.deep.equal([web]);
        expect(stackDirectories([join(directory, "stacks/web/")], [])).to.deep.equal([web]);
    });

    it("terraform: directories of one name are told apart, also from a stack of the program", () => {
        for (const name of ["one/web", "two/web", "one/prod", "one/dns"]) {
            mkdirSync(join(directory, name), { recursive: true });
            writeFileSync(join(directory, name, "main.tf"), "");
        }
        const patterns = [join(directory, "one/*"), join(directory, "two/web"), join(directory, "two/*")];
        expect(stackDirectories(patterns, [], ["prod"]).map(({ stack }) => stack)).to.deep.equal([
            "dns",
            join(directory, "one/prod"),
            join(directory, "one/web"),
            join(directory, "two/web"),
        ]);
    });

    it("terraform: a directory that is gone is an error of its own", async () => {
        for (const pattern of ["gone", "gone/*"]) {
            const [stack] = stackDirectories([join(directory, pattern)], []);
            expect(stack && (await plan(stack, options())).error).to.include(
                `there is no directory ${directory}/${pattern}`,
            );
        }
    });

    it("terraform: what drifted outside is told from what is not applied yet", () => {
        const text = `
Note: Objects have changed outside of Terraform
  # kubernetes_role.a has changed
  # kubernetes_role.b has been deleted
Terraform will perform the following actions:
  # kubernetes_role.a will be updated in-place
  # kubernetes_role.b will be created
  # data.x.y will be read during apply
  # kubernetes_role.c must be replaced
`;
        expect(planned(text).map(({ address, drifted }) => [address, drifted])).to.deep.equal([
            ["kubernetes_role.a", true],
            ["kubernetes_role.b", true],
            ["kubernetes_role.c", false],
        ]);
    });
});
