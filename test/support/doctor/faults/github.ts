import { environment, github, woodpecker } from "../../servers.js";
import type { Fault } from "../fault.js";

const id = (repository: string) => woodpecker.idOf(repository);

export const onGitHub: readonly Fault[] = [
    {
        check: "github-secrets",
        words: /acme\/shop: the Actions secret DOCKERHUB_TOKEN is missing/,
        make: () => github.api("DELETE", "/repos/acme/shop/actions/secrets/DOCKERHUB_TOKEN"),
    },
    {
        check: "github-variables",
        words: /acme\/shop: the Actions variable WOODPECKER_REPO_ID is 9999, and should be \d+/,
        make: () =>
            github.api("PATCH", "/repos/acme/shop/actions/variables/WOODPECKER_REPO_ID", {
                name: "WOODPECKER_REPO_ID",
                value: "9999",
            }),
    },
    {
        check: "github-files",
        words: /acme\/website \.woodpecker\/deploy\.yml: was edited by hand/,
        make: () => github.writeFile("acme/website", ".woodpecker/deploy.yml", "steps: []\n"),
    },
    {
        check: "github-files",
        words: /acme\/shop \.woodpecker\/lint\.yml: "did not find expected key": .*\$\{IMAGE\}:\$\{TAG\}/,
        make: () =>
            github.api("PUT", "/repos/acme/shop/contents/.woodpecker/lint.yml", {
                message: "Lint [skip ci]",
                content: Buffer.from("steps:\n  - name: lint\n    image: ${IMAGE}:${TAG}\n").toString("base64"),
            }),
        undo: async () => {
            const { sha } = await github.api("GET", "/repos/acme/shop/contents/.woodpecker/lint.yml");
            const message = "Do not lint [skip ci]";
            await github.api("DELETE", "/repos/acme/shop/contents/.woodpecker/lint.yml", { message, sha });
        },
    },
    {
        check: "github-hooks",
        words: /acme\/shop: the webhook is switched off/,
        make: async () => github.api("PATCH", `/repos/acme/shop/hooks/${await hookOf("acme/shop")}`, { active: false }),
    },
    {
        check: "github-hooks",
        words: /acme\/website: the last delivery to .* failed: .*4\d\d/,
        make: async () => {
            const hook = `/repos/acme/website/hooks/${await hookOf("acme/website")}`;
            const url = `${environment("WOODPECKER_SERVER")}/api/hook?access_token=of-another-server`;
            await github.api("PATCH", hook, { config: { url, content_type: "form" } });
            await github.api("POST", `${hook}/pings`);
        },
        undo: async () => {
            await woodpecker.api("POST", `/repos/${await id("acme/website")}/repair`);
            await github.api("POST", `/repos/acme/website/hooks/${await hookOf("acme/website")}/pings`);
        },
    },
];

async function hookOf(repository: string): Promise<unknown> {
    const hooks = (await github.api("GET", `/repos/${repository}/hooks`)) as unknown as { id: number }[];
    return hooks[0]?.id;
}
