import { expect } from "chai";
import type { Build } from "../../../../sandbox/runner/actions.js";
import { oneJob, run, SHA, stepsOf } from "./support.js";

describe("runWorkflow", () => {
    it("gives scripts the environment of a hosted runner", async () => {
        const result = await run({
            workflow: oneJob('      - run: echo "$CI $GITHUB_SHA $GITHUB_REF_NAME $GITHUB_REPOSITORY"\n'),
        });
        expect(result.conclusion).to.equal("success");
        expect(stepsOf(result)).to.deep.equal([["success", `true ${SHA} main acme/website`]]);
    });

    it("puts the values of expressions in place", async () => {
        const workflow = oneJob(`      - env:
          URL: \${{ vars.URL }}/api
          NONE: \${{ vars.NONE }}
          PICKED: \${{ github.event_name == 'push' && 'pushed' || 'by hand' }}
        run: echo "$URL [$NONE] $PICKED \${{ format('{0}-{1}', github.ref_name, 8) }}"
`);
        const result = await run({ workflow, options: { variables: { URL: "http://ci" } } });
        expect(stepsOf(result)).to.deep.equal([["success", "http://ci/api [] pushed main-8"]]);
    });

    it("hands outputs to later steps and, through the job, to later jobs", async () => {
        const result = await run({
            workflow: `on: push
jobs:
  deploy:
    needs: build
    runs-on: ubuntu-latest
    steps: [{ run: 'echo \${{ needs.build.outputs.tag }} \${{ needs.build.result }}' }]
  build:
    runs-on: ubuntu-latest
    outputs: { tag: '\${{ steps.tag.outputs.tag }}' }
    steps:
      - id: tag
        run: echo "tag=\${GITHUB_SHA:0:8}" >> "$GITHUB_OUTPUT"
      - run: echo \${{ steps.tag.outputs.tag }}
`,
        });
        expect(result.jobs.map((job) => job.steps.map((step) => step.log))).to.deep.equal([
            ["01234567 success"],
            ["", "01234567"],
        ]);
    });

    it("carries GITHUB_ENV and GITHUB_PATH to later steps only", async () => {
        const steps = `      - run: |
          printf 'TEXT<<END\\ntwo\\nlines\\nEND\\n' >> "$GITHUB_ENV"
          echo /own/bin >> "$GITHUB_PATH"
          echo "[$TEXT]"
      - run: 'echo "$TEXT" && echo "\${PATH%%:*}"'
`;
        expect(stepsOf(await run({ workflow: oneJob(steps) }))).to.deep.equal([
            ["success", "[]"],
            ["success", "two\nlines\n/own/bin"],
        ]);
    });

    it("stops at the first failure, but for what runs always or on failure", async () => {
        const steps = `      - run: exit 3
      - run: echo not reached
      - if: failure()
        run: echo told
      - if: always()
        run: echo "\${{ job.status }}"
`;
        const result = await run({ workflow: oneJob(steps) });
        expect(result.conclusion).to.equal("failure");
        expect(stepsOf(result)).to.deep.equal([
            ["failure", "Error: Process completed with exit code 3."],
            ["skipped", ""],
            ["success", "told"],
            ["success", "failure"],
        ]);
    });

    it("skips a job whose need has failed", async () => {
        const result = await run({
            workflow: `on: push
jobs:
  a: { runs-on: ubuntu-latest, steps: [{ run: 'false' }] }
  b: { needs: a, runs-on: ubuntu-latest, steps: [{ run: echo no }] }
  c: { needs: a, if: failure(), runs-on: ubuntu-latest, steps: [{ run: 'true' }] }
`,
        });
        expect(result.jobs.map((job) => job.conclusion)).to.deep.equal(["failure", "skipped", "success"]);
    });

    it("fails a pipe whose first command fails, with shell bash only", async () => {
        const steps = "      - run: false | true\n      - { shell: bash, run: 'false | true' }\n";
        const conclusions = stepsOf(await run({ workflow: oneJob(steps) })).map(([conclusion]) => conclusion);
        expect(conclusions).to.deep.equal(["success", "failure"]);
    });

    it("goes on after a failure that is allowed", async () => {
        const steps =
            "      - { id: x, continue-on-error: true, run: exit 1 }\n      - run: echo ${{ steps.x.outcome }}\n";
        const result = await run({ workflow: oneJob(steps) });
        expect(stepsOf(result).at(-1)).to.deep.equal(["success", "failure"]);
    });

    it("ends a step at its time limit", async () => {
        const result = await run({ workflow: oneJob("      - { timeout-minutes: 0.005, run: sleep 30 }\n") });
        expect(stepsOf(result)[0]?.[1]).to.contain("timed out");
    });

    it("masks secrets, line by line, and what is masked on the way", async () => {
        const steps = `      - env: { KEY: '\${{ secrets.KEY }}', TOKEN: '\${{ secrets.GITHUB_TOKEN }}' }
        run: |
          echo "$KEY"; echo "token=$TOKEN"
          echo "::add-mask::minted"
          echo "it was minted"
`;
        const result = await run({ workflow: oneJob(steps), options: { secrets: { KEY: "first\nsecond" } } });
        expect(stepsOf(result)).to.deep.equal([["success", "***\n***\ntoken=***\nit was ***"]]);
    });

    it("checks out, logs in and hands the build to the caller", async () => {
        const builds: Omit<Build, "print" | "context" | "file">[] = [];
        const read: string[] = [];
        const steps = `      - uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd
        with: { persist-credentials: false }
      - run: cat backend/Dockerfile
      - uses: docker/login-action@v3
        with: { registry: '127.0.0.1:5000', username: me, password: '\${{ secrets.PASSWORD }}' }
      - id: image
        uses: docker/build-push-action@v6
        with: { context: backend, platforms: linux/amd64, push: true, tags: 'a/b:1' }
      - run: echo \${{ steps.image.outputs.digest }}
`;
        const result = await run({
            workflow: oneJob(steps),
            files: { "backend/Dockerfile": "FROM scratch" },
            options: {
                secrets: { PASSWORD: "hidden" },
                buildAndPush: async ({ print, context, file, ...build }) => {
                    read.push(file.replace(context, ""));
                    builds.push(build);
                    print("pushed with hidden");
                    return { digest: "sha256:abc" };
                },
            },
        });
        expect(stepsOf(result).map(([, log]) => log)).to.deep.equal([
            "Checked out the commit",
            "FROM scratch",
            "Kept the login to 127.0.0.1:5000",
            "pushed with ***",
            "sha256:abc",
        ]);
        expect(read).to.deep.equal(["/Dockerfile"]);
        expect(builds).to.deep.equal([
            {
                tags: ["a/b:1"],
                platforms: ["linux/amd64"],
                push: true,
                logins: [{ registry: "127.0.0.1:5000", username: "me", password: "hidden" }],
            },
        ]);
    });

    it("fails a step with an action, an input or a shell that it does not know", async () => {
        const steps = `      - uses: acme/unknown@v1
      - { if: always(), uses: docker/login-action@v3, with: { user: x } }
      - { if: always(), shell: pwsh, run: echo }
`;
        const logs = stepsOf(await run({ workflow: oneJob(steps) })).map(([, log]) => log);
        expect(logs[0]).to.contain("no stand-in for action [acme/unknown@v1]");
        expect(logs[1]).to.contain("unexpected input [user]");
        expect(logs[2]).to.contain("shell [pwsh]");
    });

    it("refuses a file that is no workflow, with the parser's words", async () => {
        const error = await run({ workflow: "on: push\njobs: { a: { steps: [] } }\n" }).catch(String);
        expect(error).to.contain("runs-on");
        const matrix = "on: push\njobs: { a: { runs-on: x, strategy: { matrix: { a: [1] } }, steps: [{ run: x }] } }\n";
        expect(await run({ workflow: matrix }).catch(String)).to.contain("[strategy] is not run here");
    });

    it("starts nothing for a commit that asks so, another branch or other paths", async () => {
        const on = "on: { push: { branches: [main, 'release/**'], paths: ['src/**'] } }\n";
        const workflow = oneJob("      - run: 'true'\n").replace("on: push\n", on);
        const files = { "src/a/b.ts": "" };
        const conclude = async (given: object) => (await run({ workflow, files, ...given })).conclusion;
        expect(await conclude({})).to.equal("success");
        expect(await conclude({ message: "Set file\n\n[skip ci]" })).to.equal("skipped");
        expect(await conclude({ files: {} })).to.equal("skipped");
        expect(await conclude({ options: { ref: "refs/heads/other" } })).to.equal("skipped");
        expect(await conclude({ options: { ref: "refs/heads/release/1/2" } })).to.equal("success");
        expect(await conclude({ options: { event: "workflow_dispatch" } })).to.equal("skipped");
    });
});
