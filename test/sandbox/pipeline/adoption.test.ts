import { RbacAuthorizationV1Api } from "@kubernetes/client-node";
import { expect } from "chai";
import type { PlannedObject } from "../../../cli/adoption/plan.js";
import { run } from "../../../cli/lib/run.js";
import { projectRoot } from "../../../cli/lib/stack.js";
import { describeObject } from "../../../components/adoption/serverObject.js";
import { Cluster } from "../../support/cluster.js";
import { RegistryOnVm } from "../../support/registryVm.js";
import { environment, github, vault, woodpecker } from "../../support/servers.js";
import { demandSuccess, exit, type Outcome, stack } from "../../support/stack.js";
import { StackFiles } from "../../support/stackFiles.js";

/** One object of each kind, with another value than the program declares. */
interface Foreign {
    /** As a refusal names it. */
    readonly name: string;
    readonly change: () => Promise<unknown>;
    readonly read: () => Promise<unknown>;
}

const rbac = Cluster.ofSandbox().config.makeApiClient(RbacAuthorizationV1Api);
const role = { namespace: "website", name: "cicd-deployer-website" };
const variable = "/repos/acme/website/actions/variables/WOODPECKER_URL";

const foreign: readonly Foreign[] = [
    {
        name: "GitHub variable WOODPECKER_URL in acme/website",
        change: () => github.api("PATCH", variable, { value: "https://elsewhere.test" }),
        read: async () => (await github.api("GET", variable)).value,
    },
    {
        name: "GitHub file .woodpecker/deploy.yml in acme/website",
        change: () => github.writeFile("acme/website", ".woodpecker/deploy.yml", "steps: []\n"),
        read: () => github.file("acme/website", ".woodpecker/deploy.yml"),
    },
    {
        name: "Vault auth method kubernetes",
        change: () => vault.api("POST", "sys/auth/kubernetes/tune", { description: "made by hand" }),
        read: methodDescription,
    },
    {
        name: "Vault secrets engine kubernetes",
        change: () =>
            vault.api("POST", "kubernetes/config", {
                kubernetes_host: "https://elsewhere.test",
                kubernetes_ca_cert: "",
            }),
        read: async () =>
            ((await vault.api("GET", "kubernetes/config")).data as { kubernetes_host: string }).kubernetes_host,
    },
    {
        name: "Vault policy woodpecker-deployer",
        change: () => vault.api("POST", "sys/policies/acl/woodpecker-deployer", { policy: "# by hand" }),
        read: async () =>
            ((await vault.api("GET", "sys/policies/acl/woodpecker-deployer")).data as { policy: string }).policy,
    },
    {
        name: "Vault role woodpecker-deployer in auth/kubernetes",
        change: () =>
            vault.api("POST", "auth/kubernetes/role/woodpecker-deployer", { token_ttl: 7, token_max_ttl: 77 }),
        read: async () =>
            ((await vault.api("GET", "auth/kubernetes/role/woodpecker-deployer")).data as { token_ttl: number })
                .token_ttl,
    },
    {
        name: "Woodpecker repository acme/website",
        change: async () => woodpecker.api("PATCH", `/repos/${await woodpecker.idOf("acme/website")}`, { timeout: 7 }),
        read: async () => (await woodpecker.api("GET", "/repos/lookup/acme/website")).timeout,
    },
    {
        name: "Kubernetes Role cicd-deployer-website in website",
        change: async () => {
            const body = await rbac.readNamespacedRole(role);
            await rbac.replaceNamespacedRole({ ...role, body: { ...body, rules: [] } });
        },
        read: async () => (await rbac.readNamespacedRole(role)).rules ?? [],
    },
];

function cicd(...args: string[]) {
    return run(process.execPath, ["--import", "tsx", "cli/main.ts", ...args], { cwd: projectRoot });
}

async function methodDescription(): Promise<string> {
    const { data } = await vault.api("GET", "sys/auth");
    return (data as Record<string, { description: string }>)["kubernetes/"]?.description ?? "";
}

describe("an `up` on servers where everything is there already", function () {
    this.timeout("6m");
    const files = new StackFiles();
    let declared: unknown[];
    let changed: unknown[];
    const values = () => Promise.all(foreign.map(({ read }) => read()));

    before(async () => {
        await stack.select();
        demandSuccess(await stack.up("--refresh", "--run-program"));
        declared = await values();
        await stack.forget();
        for (const { change } of foreign) await change();
        changed = await values();
        changed.forEach((value, i) => {
            expect(value, foreign[i]?.name).to.not.deep.equal(declared[i]);
        });
    });
    after(async () => {
        // What was adopted would stay in Woodpecker; here all of it was the program's own.
        await stack.own();
        files.remove();
    });
    const withoutAdopt = () => files.changed((document) => document.deleteIn(["config", "cicd:adopt"]));

    it("is planned by cicd adopt --plan, object by object, and nothing is changed", async () => {
        const vm = RegistryOnVm.isPossible() ? await RegistryOnVm.make() : undefined;
        await vm?.ssh("chmod 600 /opt/registry/nginx/nginx.conf");
        const { code, stdout, stderr } = await cicd("adopt", "--plan", "--json", "--stack", "sandbox");
        expect(code, stderr).to.equal(2);
        const { objects } = JSON.parse(stdout) as { objects: PlannedObject[] };
        const fates = new Map(objects.map((object) => [describeObject(object), object.fate]));
        for (const { name } of foreign) {
            expect(fates.get(name), name).to.equal("change");
        }
        expect(fates.get("GitHub file .woodpecker/deploy.yml in acme/shop")).to.equal("keep");
        expect(fates.get("Kubernetes CronJob secret-sync in woodpecker")).to.equal("keep");
        expect(fates.get("GitHub secret WOODPECKER_TOKEN in acme/website")).to.equal("overwrite");
        expect([...fates.values()]).not.to.include("create");
        if (vm) {
            expect(fates.get("Host file /opt/registry/docker-compose.yml in 127.0.0.1")).to.equal("keep");
            expect(fates.get("Host service private in 127.0.0.1")).to.equal("keep");
            const edited = objects.find(({ name }) => name === "/opt/registry/nginx/nginx.conf");
            expect(edited?.differences).to.deep.equal([{ path: "mode", live: "0600", declared: "0644" }]);
        }
        const differing = objects.filter(({ fate, system }) => fate === "change" && system !== "Host");
        expect(differing).to.have.lengthOf(foreign.length);
        expect(stdout).not.to.include(environment("GITHUB_TOKEN"));
        expect(await values()).to.deep.equal(changed);
    });

    it("is refused without adopt, with the name of every object and the key to set, and changes nothing", async () => {
        const file = withoutAdopt();
        const demandRefusal = ({ code, output }: Outcome) => {
            expect(code, output).to.equal(1);
            for (const { name } of foreign) expect(output).to.include(`  ${name}\n`);
            expect(output).to.include("cicd:adopt");
            expect(output).not.to.match(/^\s+at .*:\d+:\d+/m);
        };
        demandRefusal(await stack.check("--config-file", file));
        demandRefusal(await stack.up("--config-file", file));
        expect(await values()).to.deep.equal(changed);
    });

    it("takes everything over with adopt, and then has nothing to change", async () => {
        demandSuccess(await stack.up());
        expect(await values()).to.deep.equal(declared);
        const { code, output } = await stack.preview();
        expect(code, output).to.equal(exit.clean);
    });
});
