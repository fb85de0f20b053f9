import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { infraScripts } from "../../../../components/infra/scripts.js";
import { describeStep, git, pushAccess } from "../../../support/infraStep.js";

describeStep("renew-tls, with a cluster that takes everything,", (step) => {
    const origin = () => step.place.origin;
    const inOrigin = (...args: string[]) => step.place.inOrigin(...args);

    /** The repository's program renews what is no certificate. */
    beforeEach(() => {
        step.place.put(
            "renew.sh",
            `#!/bin/sh
if grep -q BEGIN chain.pem; then exit 0; fi
echo renewed >> ../renewals
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out chain.pem -days 90 -subj /CN=example.org 2> /dev/null
`,
            true,
        );
        for (const file of ["chain.pem", "key.pem"]) step.place.put(file, "old\n");
        step.place.commit("one");
        step.place.cloneOrigin();
        step.place.program("sleep");
        kubectl("");
    });
    const kubectl = (refused: string) =>
        step.place.program(
            "kubectl",
            `case "$*" in
                create*) cat "$6" > '${step.place.directory}/handed-out'; echo "{}" ;;
                get*) echo '{"items": [{"metadata": {"name": "web"}, "status": {"phase": "Active"}}, {"metadata": {"name": "blog"}, "status": {"phase": "Active"}}]}' ;;
                "--namespace ${refused} "*) echo "is immutable" >&2; exit 1 ;;
            esac`,
        );
    const refusePushes = (times: number) =>
        step.place.program(
            "git",
            `if [ "$1" = push ] && [ "$(grep -c '^git push ' '${step.place.directory}/calls')" -le ${times} ]; then
                echo "protected branch" >&2; exit 128; fi
            exec '${git}' "$@"`,
        );
    const run = () =>
        step.run(infraScripts["renew-tls"], {
            RENEW_SCRIPT: "renew.sh",
            CERTIFICATE: "chain.pem",
            PRIVATE_KEY: "key.pem",
            TLS_SECRET: "tls-secret",
            SKIPPED_NAMESPACES: "^kube-",
            ...pushAccess(step.place),
        });
    const renewals = () => step.place.read("../renewals").trim().split("\n").length;

    it("hands out a certificate that it cannot push, and fails with both that and the namespaces", async () => {
        refusePushes(99);
        kubectl("web");
        const { code, output } = await run();
        expect(output)
            .to.contain("tls-secret is new in 1 namespaces")
            .and.match(
                /^error: cannot push to main of .* lost with the workspace: Renew the TLS certificate\. tls-secret is still the old one in: web\.$/m,
            );
        expect(code).to.equal(1);
        expect(inOrigin("show", "main:chain.pem")).to.equal("old\n");
        expect(step.place.leftovers()).to.deep.equal([]);
    });

    it("pushes it after it was handed out where the branch takes it then", async () => {
        refusePushes(4);
        const { code, output } = await run();
        expect(code, output).to.equal(0);
        expect(inOrigin("show", "main:chain.pem")).to.contain("BEGIN CERTIFICATE");
    });

    /** While the certificate is looked at, somebody else pushes a change of this file. */
    const pushedMeanwhile = (path: string) => {
        const other = join(step.place.directory, "other");
        step.place.program(
            "openssl",
            `[ -e '${other}' ] || (git clone --quiet '${origin()}' '${other}' && cd '${other}' && echo other > ${path} &&
                git -c user.name=o -c user.email=o@example.org commit --quiet --all -m other && git push --quiet)
            PATH=\${PATH#*:} exec openssl "$@"`,
        );
    };

    it("keeps it when the program touches another file that others pushed meanwhile", async () => {
        step.place.put("renewed.log", "");
        step.place.put("renew.sh", `${step.place.read("renew.sh")}echo today >> renewed.log\n`);
        step.place.commit("two");
        step.place.git("push", "--quiet", origin(), "HEAD:main");
        pushedMeanwhile("renewed.log");
        const { code, output } = await run();
        expect(code, output).to.equal(0);
        expect(inOrigin("log", "--format=%s", "main")).to.match(/^Renew the TLS certificate .*\nother\ntwo\none\n$/);
    });

    it("hands out its own where others pushed another one meanwhile, and says that theirs stays", async () => {
        pushedMeanwhile("chain.pem");
        const { code, output } = await run();
        expect(output)
            .to.contain("tls-secret is new in 2 namespaces")
            .and.match(/^error: main has something else since, .* stays: Renew the TLS certificate .*\.$/m);
        expect(code).to.equal(1);
        expect(step.place.read("../handed-out")).to.contain("BEGIN CERTIFICATE");
        expect(inOrigin("show", "main:chain.pem")).to.equal("other\n");
    });

    it("has pushed it, and says so, where the cluster does not answer", async () => {
        step.place.program("kubectl", 'case "$*" in create*) ;; *) echo "connection refused" >&2; exit 1 ;; esac');
        const { code, output } = await run();
        expect(output).to.match(/^error: tls-secret is still the old one in: every namespace, /m);
        expect(code).to.equal(1);
        expect(inOrigin("show", "main:chain.pem")).to.contain("BEGIN CERTIFICATE");
    });

    it("starts a restart from the certificate that it has pushed, and issues no other", async () => {
        kubectl("web");
        const first = await run();
        expect(first.output).to.match(
            /still the old one in: web\.\nnext: see the lines above, then run this pipeline again/,
        );
        expect(first.code).to.equal(1);
        const certificate = inOrigin("show", "main:chain.pem");
        // As Woodpecker clones it: the commit of the first run, and nothing before or after it.
        rmSync(join(step.place.work, ".git"), { recursive: true });
        step.place.git("init", "--quiet");
        step.place.git(
            "fetch",
            "--quiet",
            "--depth",
            "1",
            `file://${origin()}`,
            inOrigin("rev-parse", "main~1").trim(),
        );
        step.place.git("reset", "--quiet", "--hard", "FETCH_HEAD");
        expect(step.place.read("chain.pem")).to.equal("old\n");
        kubectl("");
        const second = await run();
        expect(second.code, second.output).to.equal(0);
        expect(second.output).to.contain("nothing to commit").and.contain("tls-secret is new in 2 namespaces");
        expect(inOrigin("show", "main:chain.pem")).to.equal(certificate);
        expect(renewals()).to.equal(1);
    });

    it("issues nothing where the branch cannot be reached", async () => {
        step.place.program("git", `[ "$1" != fetch ] || exit 128\nexec '${git}' "$@"`);
        const { code, output } = await run();
        expect(output).to.match(/^error: cannot fetch main from .*; nothing was done\.$/m);
        expect(code).to.equal(1);
        expect(existsSync(join(step.place.directory, "renewals"))).to.equal(false);
    });
});
