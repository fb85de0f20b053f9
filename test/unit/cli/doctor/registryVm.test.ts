import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { registryCaches } from "../../../../cli/doctor/checks/registryCaches.js";
import { registryVm } from "../../../../cli/doctor/checks/registryVm.js";
import type { Examination } from "../../../../cli/doctor/finding.js";
import { parseVmLook, vmLook } from "../../../../cli/doctor/servers/registryVm.js";
import { registrySettings } from "../../../support/registrySettings.js";

const up = "pulumi up --stack prod";
const GIB = 2 ** 20;
const words = ({ findings }: Examination) => findings.map((f) => `${f.severity} ${f.subject}: ${f.found}`);

describe("what doctor asks the registry's VM", () => {
    let directory: string;
    const program = (name: string, text: string) => {
        writeFileSync(join(directory, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    };
    const look = (text: string) => {
        const path = `${directory}:${process.env.PATH}`;
        return spawnSync("sh", ["-s"], { input: text, encoding: "utf8", env: { PATH: path } });
    };

    before(() => {
        directory = mkdtempSync(join(tmpdir(), "vm-look-"));
        program("docker", 'case $1 in ps) echo one ;; *) printf "private\\trunning registry\\n" ;; esac');
        program("systemctl", "echo active");
        // The last argument is the address; nobody answers at the cache.
        program(
            "curl",
            'for url; do :; done; case $url in https:*) printf "private\\t401\\n" ;; *) printf "docker.io\\t000\\n"; exit 7 ;; esac',
        );
        program(
            "df",
            'case $1 in -Pk) printf "F\\n/dev/sda1 100 50 40 56%% /\\n" ;; *) printf "F\\n/dev/sda1 0 0 0 - /\\n" ;; esac',
        );
    });
    after(() => rmSync(directory, { recursive: true, force: true }));

    it("is one program, whose output says everything, also where a cache does not answer", () => {
        const { stdout, stderr, status } = look(vmLook(registrySettings()));
        expect(status, stderr).equal(0);
        const { items, answers, disk, inodesTaken } = parseVmLook(stdout);
        expect(items.private).equal("running registry");
        expect(answers).deep.equal({ private: 401, "docker.io": 0 });
        expect(disk).deep.equal({ freeKib: 40, takenKib: 50 });
        expect(inodesTaken).equal(0);
    });

    it("is told when the images' directory is not there", () => {
        program("df", "exit 1");
        expect(() => parseVmLook(look(vmLook(registrySettings())).stdout)).to.throw(/df says nothing/);
    });
});

describe("what doctor makes of the registry's VM", () => {
    const facts = {
        up,
        host: "root@10.0.0.2",
        ssh: "ssh -p 22 root@10.0.0.2",
        root: "/opt/registry",
        expected: { private: "running registry:2.8.3@sha256:aa" },
        state: {
            items: { private: "running registry:2.8.3@sha256:aa" },
            answers: {},
            disk: { freeKib: 50 * GIB, takenKib: 50 * GIB },
            inodesTaken: 0.1,
        },
        certificateEnds: new Date(Date.now() + 90 * 86_400_000),
        certificateMend: "vault kv patch",
    };
    const found = (changes: object, state: object = {}) =>
        words(registryVm.judge({ ...facts, ...changes, state: { ...facts.state, ...state } }));

    it("that is as declared", () => {
        expect(found({})).deep.equal([]);
        expect(found({ certificateEnds: undefined })).deep.equal([]);
    });

    it("whose container is stopped, or gone", () => {
        const subject = "broken private on root@10.0.0.2";
        const wanted = facts.expected.private;
        const items = (text: string) => found({}, { items: { private: text } });
        expect(items(wanted.replace("running", "exited"))).deep.equal([`${subject}: is exited, and should be running`]);
        expect(items("running nginx:1")).deep.equal([`${subject}: is running nginx:1, and should be ${wanted}`]);
        expect(found({}, { items: {} })).deep.equal([`${subject}: is not there, and should be ${wanted}`]);
    });

    it("whose disk fills up, by space or by inodes", () => {
        const free = (gib: number) => ({ disk: { freeKib: gib * GIB, takenKib: (100 - gib) * GIB } });
        expect(found({}, free(16))).deep.equal([]);
        expect(found({}, free(15))).deep.equal([
            "warning disk of root@10.0.0.2: 85 % are taken, 15.0 GiB of 100.0 GiB are free; a push to a full disk fails",
        ]);
        expect(found({}, free(4))[0]).match(/^broken disk .*96 % are taken/);
        expect(found({}, { inodesTaken: 0.97 })[0]).match(/^broken inodes of .*97 % are taken/);
    });

    it("whose certificate ends soon", () => {
        const certificateEnds = new Date(Date.now() + 10.5 * 86_400_000);
        expect(found({ certificateEnds })).deep.equal(["warning the registry's certificate: ends in 10 days"]);
    });

    it("whose caches do not answer, or answer what no registry does", () => {
        const doors = [
            { name: "private", port: 5050, expected: 401 },
            { name: "docker.io", port: 5000, expected: 200 },
            { name: "ghcr.io", port: 5010, expected: 200 },
        ];
        const judge = (answers: Record<string, number>) =>
            words(registryCaches.judge({ up, host: "10.0.0.2", doors, answers }));
        expect(judge({ private: 401, "docker.io": 200, "ghcr.io": 200 })).deep.equal([]);
        expect(judge({ private: 200, "docker.io": 502 })).deep.equal([
            "broken private on 10.0.0.2:5050: answers 200 instead of 401",
            "broken docker.io on 10.0.0.2:5000: answers 502 instead of 200",
            "broken ghcr.io on 10.0.0.2:5010: does not answer",
        ]);
    });
});
