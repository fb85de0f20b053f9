import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { infraScripts } from "../../../../components/infra/scripts.js";
import { describeStep } from "../../../support/infraStep.js";
import { usePrograms } from "../../../support/programs.js";
import { SshHost, strangeHostKey, strangeLoginKey } from "../../../support/sshHost.js";

const exportsBefore = "/tmp 10.0.0.1(ro,sync,no_subtree_check)\n";
const exportsAfter =
    "# of the repository\n/tmp 10.0.0.1(ro,sync,no_subtree_check) 10.0.0.2(rw,sync,no_subtree_check)\n";

describeStep(
    "pve-nfs-exports-sync",
    (step) => {
        let host: SshHost;
        before(async function () {
            if (!SshHost.isPossible()) {
                console.log("      skipped: only root may give an NFS host an /etc of its own");
                return this.skip();
            }
            await usePrograms("exportfs");
            host = await SshHost.start();
        });
        after(() => host?.stop());
        beforeEach(() => {
            writeFileSync(exportsFile(), exportsBefore);
            step.place.put("scripts/pve-nfs-exports", exportsAfter);
        });
        const exportsFile = () => join(host.directory, "etc/exports");
        const exported = () => readFileSync(exportsFile(), "utf8");
        /** What the host's own mountd tells clients. */
        const table = () => join(host.directory, "lib/nfs/etab");
        const run = (changes: Record<string, string> = {}) =>
            step.run(infraScripts["pve-nfs-exports-sync"], {
                EXPORTS_FILE: "scripts/pve-nfs-exports",
                ...host.access,
                ...changes,
            });
        const untouched = () => {
            expect(exported()).to.equal(exportsBefore);
            const left = readdirSync(join(host.directory, "etc")).filter((name) => /^exports\.(new|said)$/.test(name));
            expect(left).to.deep.equal([]);
        };

        it("puts the exports in place, in effect, and keeps the old ones beside them", async () => {
            const { code, output } = await run();
            expect(code, output).to.equal(0);
            expect(exported()).to.equal(exportsAfter);
            expect(readFileSync(table(), "utf8")).to.match(/^\/tmp\t10\.0\.0\.2\(rw/m);
            expect(readFileSync(`${exportsFile()}.previous`, "utf8")).to.equal(exportsBefore);
            expect(output).to.contain("10.0.0.2(").and.not.contain("PRIVATE KEY");
            expect(step.place.leftovers()).to.deep.equal([]);

            const again = await run();
            expect(again.output).to.contain("the exports are as they should be");
            expect(again.code).to.equal(0);
        });

        for (const [what, text, says] of [
            ["an unknown option", "/tmp 10.0.0.2(rw,no_subtree_check,rootsquash)\n", /unknown keyword "rootsquash"/],
            ["a list that is not closed", "/tmp 10.0.0.2(rw,no_subtree_check\n", /syntax error: bad option list/],
            ["a directory that is not there", "/nowhere 10.0.0.2(rw,no_subtree_check)\n", /Failed to stat \/nowhere/],
            ["what exportfs only warns of", "/tmp 10.0.0.2(rw)\n", /Neither 'subtree_check' or 'no_subtree_check'/],
        ] as const) {
            it(`changes nothing on the host for ${what}`, async () => {
                const tableBefore = existsSync(table()) ? readFileSync(table(), "utf8") : "";
                step.place.put("scripts/pve-nfs-exports", text);
                const { code, output } = await run();
                expect(output).to.match(says).and.contain("the exports of 127.0.0.1 are as they were");
                expect(code).to.equal(1);
                untouched();
                expect(existsSync(table()) ? readFileSync(table(), "utf8") : "").to.equal(tableBefore);
            });
        }

        for (const [what, text, says] of [
            ["an empty list", "# nothing\n\n", /exports nothing/],
            [
                "a relative path",
                "tmp 10.0.0.2(rw,no_subtree_check)\n",
                /pve-nfs-exports:1: is not a path and its clients/,
            ],
            ["a path for everybody", "/tmp\n", /pve-nfs-exports:1: is not a path and its clients/],
        ] as const) {
            it(`does not even send ${what}`, async () => {
                step.place.put("scripts/pve-nfs-exports", text);
                const { code, output } = await run({ SSH_PORT: "1" });
                expect(output).to.match(says);
                expect(code).to.equal(1);
            });
        }

        it("goes back to the old exports when the new ones cannot be put in effect", async () => {
            host.program(
                "exportfs",
                `[ ! -e /var/lib/nfs/real ] || [ -e /var/lib/nfs/second ] || { : > /var/lib/nfs/second; echo "no memory" >&2; exit 1; }`,
            );
            writeFileSync(join(host.directory, "lib/nfs/real"), "");
            const { code, output } = await run();
            expect(output).to.contain("no memory").and.contain("are as they were");
            expect(code).to.equal(1);
            untouched();
        });

        it("says nothing to a host with another key, and to none with a wrong one of its own", async () => {
            const strange = await run({ SSH_HOST_KEY: strangeHostKey });
            expect(strange.output).to.contain("Host key verification failed").and.contain("cannot log in to 127.0.0.1");
            expect(strange.code).to.equal(1);
            const refused = await run({ SSH_KEY: strangeLoginKey(host.directory) });
            expect(refused.output).to.contain("Permission denied").and.contain("cannot log in to 127.0.0.1");
            expect(refused.code).to.equal(1);
            untouched();
        });
    },
    ["dash"],
);
