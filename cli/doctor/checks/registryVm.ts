import { X509Certificate } from "node:crypto";
import { vmItems } from "../../../components/registry/vmFiles.js";
import { makeCheck } from "../check.js";
import { broken, type Finding, warning } from "../finding.js";
import type { VmState } from "../servers/registryVm.js";
import { judgeLifetime } from "./tokens.js";

interface Facts {
    readonly up: string;
    /** As in `user@host`. */
    readonly host: string;
    /** Command line that logs in there. */
    readonly ssh: string;
    /** Managed directory. */
    readonly root: string;
    /** State that containers and timers have to have, by name. */
    readonly expected: Readonly<Record<string, string>>;
    readonly state: VmState;
    /** Of the certificate that Vault has; undefined where it has none. */
    readonly certificateEnds: Date | undefined;
    readonly certificateMend: string;
}

/** Share of a file system that is taken when pushes may soon fail, and when they are about to. */
const [FULL_SOON, FULL] = [0.85, 0.95];
const WEEKS_2_HOURS = 14 * 24;

export const registryVm = makeCheck({
    name: "registry-vm",
    proves: "the registry's VM runs what is declared, has room for images, and a certificate that lasts",
    applies: ({ registry }) => registry !== undefined,
    read: async (world): Promise<Facts> => {
        const { registry, images } = world.settings;
        if (!registry) throw new Error("cicd:registry is left out");
        const { ssh, tls, root } = registry;
        const vault = await world.vault();
        const [state, certificate] = await Promise.all([world.registryVm(), vault.value(tls.certificate)]);
        const patch = `vault kv patch -mount=${vault.mount} ${tls.certificate.path}`;
        return {
            up: world.up,
            host: `${ssh.user}@${ssh.host}`,
            ssh: `ssh -p ${ssh.port} ${ssh.user}@${ssh.host}`,
            root,
            expected: vmItems(registry, images),
            state,
            certificateEnds: certificate === undefined ? undefined : new X509Certificate(certificate).validToDate,
            certificateMend: `${patch} ${tls.certificate.key}=@certificate.pem ${tls.key.key}=@key.pem && ${world.up}`,
        };
    },
    judge: (facts: Facts) => ({
        looked: [...Object.keys(facts.expected), `disk of ${facts.host}`, "certificate"],
        findings: [...ofItems(facts), ...ofDisk(facts), ...ofCertificate(facts)],
    }),
});

function ofItems({ expected, state, host, up }: Facts): Finding[] {
    return Object.entries(expected).flatMap(([name, wanted]) => {
        const found = state.items[name];
        if (found === wanted) return [];
        return [broken(`${name} on ${host}`, deviation(found, wanted), up)];
    });
}

/** Both are a state, and for a container its image. */
function deviation(found: string | undefined, wanted: string): string {
    if (found === undefined) return `is not there, and should be ${wanted}`;
    const [state, image] = found.split(" ");
    const [wantedState, wantedImage] = wanted.split(" ");
    return image === wantedImage ? `is ${state}, and should be ${wantedState}` : `is ${found}, and should be ${wanted}`;
}

function ofDisk({ state: { disk, inodesTaken }, host, ssh, root }: Facts): Finding[] {
    const { freeKib, takenKib } = disk;
    const gibibytes = (kib: number) => `${(kib / 2 ** 20).toFixed(1)} GiB`;
    const free = `${gibibytes(freeKib)} of ${gibibytes(freeKib + takenKib)} are free`;
    const mend = `${ssh} '${root}/bin/registry-clean && ${root}/bin/registry-collect'`;
    const judge = (what: string, taken: number, words: string): Finding[] => {
        if (taken < FULL_SOON) return [];
        const percent = Math.floor(taken * 100);
        const finding = taken < FULL ? warning : broken;
        return [finding(`${what} of ${host}`, `${percent} % are taken${words}; a push to a full disk fails`, mend)];
    };
    return [...judge("disk", takenKib / (freeKib + takenKib), `, ${free}`), ...judge("inodes", inodesTaken, "")];
}

function ofCertificate({ certificateEnds: ends, certificateMend: renew }: Facts): readonly Finding[] {
    if (ends === undefined) return [];
    return judgeLifetime({ subject: "the registry's certificate", ends, earlyHours: WEEKS_2_HOURS, renew }, Date.now())
        .findings;
}
