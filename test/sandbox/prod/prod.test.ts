import { expect } from "chai";
import { locate } from "../../../sandbox/lib/places.js";
import { ensureStack } from "../../../sandbox/lib/stack.js";
import { pulumi } from "../../support/stack.js";
import { StackFiles } from "../../support/stackFiles.js";
import { ProdServers } from "./servers.js";

/** One step of a preview or an update, as `--json` tells it. */
interface Planned {
    readonly urn: string;
    readonly op: string;
    readonly newState?: { readonly inputs?: Readonly<Record<string, unknown>> };
}

describe("stack prod, with its own servers", function () {
    this.timeout("5m");
    let servers: ProdServers;
    before(async () => {
        servers = await ProdServers.start();
        await ensureStack("prod", locate(), servers.env);
    });
    after(() => servers?.stop());

    const inProd = (...args: string[]) => pulumi([...args, "--non-interactive", "--color", "never"], servers.env);

    it("previews a file for every pipeline, a registration for every repository, and its crons", async () => {
        const { code, output } = await inProd("preview", "--stack", "prod", "--json");
        expect(code, output).to.equal(0);
        const { steps } = JSON.parse(output.slice(output.indexOf("{"))) as { steps: Planned[] };
        const of = (type: string) =>
            steps.filter(({ urn }) => urn.includes(`$${type}::`)).map((s) => s.newState?.inputs);
        const registered = of("woodpecker:index:Repository").map((r) => [r?.fullName, r?.expectedId]);
        expect(registered).to.have.deep.members(
            Object.entries({
                infra: 1,
                Website: 2,
                finance: 3,
                health: 4,
                travel_blog: 5,
                "webhook-handler": 6,
                "audiblez-web": 9,
                "f1-stream": 10,
                "plotting-book": 43,
                "claude-memory-mcp": 78,
                "infra-onboarding": 79,
                "audiobook-search": 87,
                insta2spotify: 88,
            }).map(([name, id]) => [`ViktorBarzin/${name}`, id]),
        );
        const files = of("github:index/repositoryFile:RepositoryFile").map((f) => `${f?.repository}/${f?.file}`);
        expect(files).to.include.members(
            [
                "default",
                "renew-tls",
                "build-cli",
                "build-ci-image",
                "k8s-portal",
                "registry-config-sync",
                "pve-nfs-exports-sync",
                "postmortem-todos",
                "drift-detection",
                "issue-automation",
                "provision-user",
            ].map((name) => `infra/.woodpecker/${name}.yml`),
        );
        const builtOnGitHub = files.filter((file) => file.includes("/.github/workflows/build-and-deploy"));
        expect(builtOnGitHub).to.have.lengthOf(9);
        expect(files).to.include("travel_blog/.woodpecker/build.yml");
        const crons = of("woodpecker:index:Cron").map((c) => [c?.name, c?.enabled]);
        expect(crons).to.have.deep.members([
            ["renew-tls-certificate", true],
            ["drift-detection", true],
        ]);
    });

    it("comes up from nothing, and then has nothing to change", async () => {
        const up = await inProd("up", "--stack", "prod", "--yes", "--skip-preview");
        expect(up.code, up.output).to.equal(0);
        const again = await nothingToChange();
        expect(up.output + again.output).to.not.contain("planted-");
    });

    it("takes over what is in place with adopt, as it is, and then has nothing to change", async () => {
        await forget();
        const up = await inProd("up", "--stack", "prod", "--yes", "--skip-preview");
        expect(up.code, up.output).to.equal(0);
        await nothingToChange();
    });

    it("is refused without adopt when it does not know what is in place, by the name of each object and the key", async () => {
        await forget();
        const files = new StackFiles(() => servers.env.PULUMI_OPTION_CONFIG_FILE ?? "");
        const file = files.changed((document) => document.deleteIn(["config", "cicd:adopt"]));
        const { code, output } = await inProd("preview", "--stack", "prod", "--config-file", file);
        files.remove();
        expect(code, output).to.equal(1);
        for (const name of [
            "GitHub file .woodpecker/deploy.yml in ViktorBarzin/Website",
            "GitHub variable WOODPECKER_REPO_ID in ViktorBarzin/Website",
            "GitHub secret DOCKERHUB_TOKEN in ViktorBarzin/Website",
            "Vault policy woodpecker-deployer",
            "Vault role website-deployer in kubernetes",
            "Woodpecker repository ViktorBarzin/infra",
            "Woodpecker cron drift-detection in ViktorBarzin/infra",
            "Woodpecker secret slack_webhook in ViktorBarzin/Website",
            "Kubernetes Role cicd-deployer-website in website",
            "Kubernetes ClusterRoleBinding woodpecker-renew-tls",
        ])
            expect(output).to.include(`  ${name}\n`);
        expect(output).to.include("Set cicd:adopt to true");
    });

    const forget = async () => {
        const { code, output } = await inProd("state", "delete", "--all", "--force", "--yes", "--stack", "prod");
        expect(code, output).to.equal(0);
    };
    const nothingToChange = async () => {
        const found = await inProd(
            "preview",
            "--stack",
            "prod",
            "--refresh",
            "--run-program",
            "--expect-no-changes",
            "--diff",
        );
        expect(found.code, found.output).to.equal(0);
        return found;
    };
});
