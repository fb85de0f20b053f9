import { expect } from "chai";
import { buildSize } from "../../../../cli/doctor/checks/buildSize.js";
import { cronJobs } from "../../../../cli/doctor/checks/cronJobs.js";
import { deployments } from "../../../../cli/doctor/checks/deployments.js";
import { githubFiles } from "../../../../cli/doctor/checks/githubFiles.js";
import { githubSecrets } from "../../../../cli/doctor/checks/githubSecrets.js";
import { imageTags } from "../../../../cli/doctor/checks/imageTags.js";
import { secretExtension } from "../../../../cli/doctor/checks/secretExtension.js";
import { judgeLifetime } from "../../../../cli/doctor/checks/tokens.js";
import { woodpeckerAgents } from "../../../../cli/doctor/checks/woodpeckerAgents.js";
import { woodpeckerCrons } from "../../../../cli/doctor/checks/woodpeckerCrons.js";
import { woodpeckerToken } from "../../../../cli/doctor/checks/woodpeckerToken.js";
import type { Examination } from "../../../../cli/doctor/finding.js";
import { placeOf } from "../../../../cli/doctor/servers/registries.js";
import { serviceAt } from "../../../../cli/doctor/world.js";

const up = "pulumi up --stack test";
const words = ({ findings }: Examination) => findings.map(({ subject, found }) => `${subject}: ${found}`);

/** Faults that the sandbox cannot make: those of time, of size, and of servers it has no part of. */
describe("what doctor makes of", () => {
    it("a repository that is too big for GitHub, and one that soon is", () => {
        const of = (gib: number) => ({ app: "blog", name: "acme/blog", kibibytes: gib * 2 ** 20 });
        expect(words(buildSize.judge({ up, repositories: [of(1)] }))).deep.equal([]);
        const { findings } = buildSize.judge({ up, repositories: [of(5.7), of(4)] });
        expect(findings.map(({ severity }) => severity)).deep.equal(["broken", "warning"]);
        expect(findings[0]?.mend).equal(`set build: woodpecker in cicd:apps.blog, then ${up}`);
    });

    it("a secret extension that is not there, not ready, or half of what it should be", () => {
        const facts = { up, namespace: "woodpecker", replicas: 2 };
        const of = (readyReplicas: number) => secretExtension.judge({ ...facts, found: { status: { readyReplicas } } });
        const subject = "Deployment woodpecker/secret-extension";
        expect(words(of(2))).deep.equal([]);
        expect(of(1).findings.map(({ severity, found }) => [severity, found])).deep.equal([
            ["warning", "has 1 ready pods of 2"],
        ]);
        const silence = "Woodpecker goes on without it in silence";
        expect(words(of(0))).deep.equal([`${subject}: has no ready pod; ${silence}`]);
        expect(words(secretExtension.judge(facts))).deep.equal([`${subject}: does not exist; ${silence}`]);
    });

    it("a token near its end, and one past it", () => {
        const token = { subject: "VAULT_TOKEN", earlyHours: 1, renew: "vault login" };
        const at = (minutes: number) => ({ ...token, ends: new Date(minutes * 60_000) });
        expect(words(judgeLifetime(token, 0))).deep.equal([]);
        expect(words(judgeLifetime(at(90), 0))).deep.equal([]);
        expect(words(judgeLifetime(at(30), 0))).deep.equal(["VAULT_TOKEN: ends in 30 minutes"]);
        expect(words(judgeLifetime(at(-1), 0))).deep.equal(["VAULT_TOKEN: has expired"]);
    });

    it("an unquoted pair of variables, which Woodpecker cannot read once it has replaced them", () => {
        const file = { repository: "acme/website", branch: "main", path: ".woodpecker/lint.yml" };
        const content = "steps:\n  - name: lint\n    image: ${IMAGE}:${TAG}\n";
        const [finding] = githubFiles.judge({ up, files: [{ ...file, content }], folders: [] }).findings;
        expect(finding?.found).match(
            /did not find expected key.*image: \$\{IMAGE\}:\$\{TAG\}|\$\{IMAGE\}:\$\{TAG\} stands/,
        );
        const quoted = content.replace("${IMAGE}:${TAG}", '"${IMAGE}:${TAG}"');
        expect(words(githubFiles.judge({ up, files: [{ ...file, content: quoted }], folders: [] }))).deep.equal([]);
    });

    it("a secret that is older on GitHub than in Vault, but not one of the same second", () => {
        const updated = new Date("2026-11-24T10:00:00Z");
        const names = ["DOCKERHUB_USERNAME", "DOCKERHUB_TOKEN", "WOODPECKER_TOKEN"];
        const repositories = [{ name: "acme/website", updated: new Map(names.map((name) => [name, updated])) }];
        /** @param history times of Vault's versions, newest first; those of other values have a ~ */
        const judge = (...history: string[]) => {
            const versions = history.map((time) => ({
                written: new Date(`2026-11-24T${time.replace("~", "")}Z`),
                isCurrent: !time.startsWith("~"),
            }));
            return words(
                githubSecrets.judge({ up, repositories, histories: new Map([["DOCKERHUB_TOKEN", versions]]) }),
            );
        };
        const older = (since: string) => [
            `acme/website: the Actions secret DOCKERHUB_TOKEN is older than its value in Vault (2026-11-24T${since})`,
        ];
        expect(judge("09:00:00")).deep.equal([]);
        expect(judge("10:00:00.900")).deep.equal([]);
        expect(judge("11:00:00", "~09:00:00")).deep.equal(older("11:00"));
        expect(judge("12:00:00", "11:00:00", "~09:00:00")).deep.equal(older("11:00"));
        expect(judge("12:00:00", "~11:00:00", "09:00:00"), "there and back").deep.equal([]);
        expect(judge("11:00:00"), "nothing older is kept").deep.equal(older("11:00"));
        expect(judge()).deep.equal([]);
    });

    it("agents that are silent, and a workload that ignores the ServiceAccount of steps", () => {
        const agent = { name: "one", last_contact: 1000, no_schedule: false };
        const facts = { url: "https://ci.example.org", namespace: "woodpecker", workloads: [], now: 1010 };
        expect(words(woodpeckerAgents.judge({ ...facts, agents: [agent] }))).deep.equal([]);
        expect(words(woodpeckerAgents.judge({ ...facts, agents: [agent], now: 8200 }))).deep.equal([
            "agents: one was last heard of 2 hours ago",
        ]);
        const workloads = [{ kind: "statefulset", name: "woodpecker-agent", env: [] }];
        const [finding] = woodpeckerAgents.judge({ ...facts, agents: [agent], workloads }).findings;
        expect(finding?.mend).match(/^kubectl -n woodpecker set env statefulset\/woodpecker-agent WOODPECKER_.*=true$/);
    });

    it("crons that are missing, disabled, late or failed", () => {
        const cron = { id: 1, name: "nightly", schedule: "0 0 * * *", enabled: true, next_exec: 5000 };
        const facts = { up, page: "https://ci.example.org/repos/1", repository: "acme/infra", now: 4000 };
        const judge = (crons: (typeof cron)[], runs: { number: number; status: string; cron: string }[] = []) =>
            words(woodpeckerCrons.judge({ ...facts, wanted: [cron], crons, runs }))[0];
        expect(judge([cron])).equal(undefined);
        expect(judge([])).match(/does not exist/);
        expect(judge([{ ...cron, enabled: false }])).match(/disabled/);
        expect(judge([{ ...cron, next_exec: 1000 }])).match(/did not run/);
        const run = { number: 7, cron: "nightly" };
        expect(
            judge(
                [cron],
                [
                    { ...run, status: "running" },
                    { ...run, status: "success" },
                ],
            ),
        ).equal(undefined);
        expect(judge([cron], [{ ...run, status: "failure" }])).match(/ended with failure/);
    });

    it("a token of an administrator, and one without push", () => {
        const facts = { source: "secret/ci/woodpecker", renew: up, url: "https://ci.example.org" };
        const user = { login: "ci-bot", admin: true };
        const repositories = [{ name: "acme/website", push: false }];
        const { findings } = woodpeckerToken.judge({ ...facts, user, repositories });
        expect(findings.map(({ severity }) => severity)).deep.equal(["broken", "warning"]);
        expect(words(woodpeckerToken.judge({ ...facts, repositories: [] }))[0]).match(/does not accept it \(401\)/);
    });

    it("pods that cannot pull, by the runtime's own words", () => {
        const declared = { namespace: "web", deployment: "web", container: "web", image: "acme/web" };
        const spec = {
            selector: {},
            template: { spec: { containers: [{ name: "web", image: "acme/web:1a2b3c4d" }] } },
        };
        const judge = (message: string) => {
            const waiting = { reason: "ErrImagePull", message };
            const pod = { status: { containerStatuses: [{ state: { waiting } }] } } as never;
            const found = { spec } as never;
            return deployments.judge({ up, deployments: [{ app: "web", declared, found, pods: [pod] }] }).findings[0]
                ?.mend;
        };
        expect(judge("manifest unknown")).equal("npm run -s cicd -- roll web --previous");
        expect(judge("401 Unauthorized")).match(/pull-secrets/);
        expect(judge("dial tcp 10.0.20.10:5000: connection refused")).match(/caches/);
    });

    it("an image that is gone, and one nobody may see", () => {
        const image = { image: "acme/web:1a2b3c4d", app: "web", usedBy: "Deployment web/web" };
        const judge = (answer: "missing" | "denied") =>
            imageTags.judge({ images: [{ ...image, answer }] }).findings.map(({ severity }) => severity);
        expect(judge("missing")).deep.equal(["broken"]);
        expect(judge("denied")).deep.equal(["unknown"]);
    });

    it("a CronJob that has not succeeded for long", () => {
        const found = { spec: {}, status: { lastSuccessfulTime: new Date(0) } } as never;
        const job = { namespace: "monitoring", name: "probe", staleAfterSeconds: 3600, found, jobs: [] };
        expect(words(cronJobs.judge({ up, cronJobs: [job], now: 3_000_000 }))).deep.equal([]);
        expect(words(cronJobs.judge({ up, cronJobs: [job], now: 4 * 3_600_000 }))).deep.equal([
            "CronJob monitoring/probe: no run has succeeded for 4 h",
        ]);
    });
});

describe("where doctor asks", () => {
    it("for an image, as a container engine reads its name", () => {
        const hub = "registry-1.docker.io";
        expect(placeOf("nginx:1.29")).deep.equal({ host: hub, repository: "library/nginx", reference: "1.29" });
        expect(placeOf("acme/web:1a2b3c4d")).deep.equal({ host: hub, repository: "acme/web", reference: "1a2b3c4d" });
        expect(placeOf("127.0.0.1:18500/acme/web:1a")).deep.equal({
            host: "127.0.0.1:18500",
            repository: "acme/web",
            reference: "1a",
        });
        expect(placeOf("r.example.org/a/b:t@sha256:00").reference).equal("sha256:00");
    });

    it("for metrics: through the API server where the gateway is inside of the cluster", () => {
        expect(serviceAt("http://gateway.monitoring:9091")).deep.equal({
            namespace: "monitoring",
            name: "gateway:9091",
        });
        expect(serviceAt("http://gateway.monitoring.svc.cluster.local")).deep.equal({
            namespace: "monitoring",
            name: "gateway:80",
        });
        expect(serviceAt("https://gateway.example")).equal(undefined);
        expect(serviceAt("https://gateway.example.org:9091")).equal(undefined);
        expect(serviceAt("http://127.0.0.1:18091")).equal(undefined);
    });
});
