/** The cluster's certificate authority, its certificates, and the key that signs ServiceAccount tokens. */

import { createPrivateKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeAtomically } from "../../lib/files.js";
import { run } from "../../lib/run.js";

/** One certificate: who it is for and what for. */
interface CertificateSpec {
    readonly organization?: string;
    readonly commonName: string;
    readonly usage: "serverAuth" | "clientAuth" | "serverAuth,clientAuth";
    readonly names?: readonly string[];
}

/** The API server reaches the kubelet by the node's name, which must therefore mean this machine. */
export const nodeName = "localhost";
/** First address of the API server's service range. */
export const kubernetesServiceAddress = "10.96.0.1";

const loopbackNames = ["DNS:localhost", "IP:127.0.0.1"];
const authorityDays = 3650;
const certificateDays = 90;
const renewalDays = 20;

export const certificates = {
    etcd: { commonName: "etcd", usage: "serverAuth,clientAuth", names: loopbackNames },
    "etcd-client": { commonName: "kube-apiserver-etcd-client", usage: "clientAuth" },
    apiserver: {
        commonName: "kube-apiserver",
        usage: "serverAuth",
        names: [
            ...loopbackNames,
            "DNS:kubernetes",
            "DNS:kubernetes.default",
            "DNS:kubernetes.default.svc",
            "DNS:kubernetes.default.svc.cluster.local",
            `IP:${kubernetesServiceAddress}`,
        ],
    },
    "apiserver-kubelet-client": {
        organization: "system:masters",
        commonName: "kube-apiserver-kubelet-client",
        usage: "clientAuth",
    },
    "front-proxy-client": { commonName: "front-proxy-client", usage: "clientAuth" },
    "controller-manager": {
        commonName: "system:kube-controller-manager",
        usage: "serverAuth,clientAuth",
        names: loopbackNames,
    },
    scheduler: { commonName: "system:kube-scheduler", usage: "serverAuth,clientAuth", names: loopbackNames },
    kubelet: {
        organization: "system:nodes",
        commonName: `system:node:${nodeName}`,
        usage: "serverAuth,clientAuth",
        names: loopbackNames,
    },
    admin: { organization: "system:masters", commonName: "admin", usage: "clientAuth" },
} as const satisfies Record<string, CertificateSpec>;

export type CertificateName = keyof typeof certificates;

/** Paths of the files. */
export interface Pki {
    readonly authority: string;
    readonly authorityKey: string;
    readonly tokenKey: string;
    readonly tokenPublicKey: string;
    readonly certificate: (name: CertificateName) => string;
    readonly key: (name: CertificateName) => string;
}

export function pkiIn(directory: string): Pki {
    return {
        authority: join(directory, "ca.crt"),
        authorityKey: join(directory, "ca.key"),
        tokenKey: join(directory, "service-account.key"),
        tokenPublicKey: join(directory, "service-account.pub"),
        certificate: (name) => join(directory, `${name}.crt`),
        key: (name) => join(directory, `${name}.key`),
    };
}

/** Makes what is missing, belongs to another authority, or ends soon. Running it again changes nothing. */
export async function ensurePki(directory: string, openssl: string): Promise<Pki> {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const pki = pkiIn(directory);
    if (!isGood(pki.authority, pki.authorityKey)) {
        await issue(openssl, { certificate: pki.authority, key: pki.authorityKey }, authorityRequest, authorityDays);
    }
    for (const name of Object.keys(certificates) as CertificateName[]) {
        const target = { certificate: pki.certificate(name), key: pki.key(name) };
        if (isGood(target.certificate, target.key, pki.authority)) continue;
        await issue(openssl, target, requestFor(certificates[name]), certificateDays, pki);
    }
    ensureTokenKey(pki);
    return pki;
}

const authorityRequest = `
[req]
prompt = no
distinguished_name = subject
x509_extensions = extensions
[subject]
CN = kubernetes-ca
[extensions]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign, digitalSignature
subjectKeyIdentifier = hash
`;

/** The request in the form of an openssl configuration, so that the machine's own configuration does not matter. */
export function requestFor({ organization, commonName, usage, names = [] }: CertificateSpec): string {
    return [
        "[req]",
        "prompt = no",
        "distinguished_name = subject",
        "x509_extensions = extensions",
        "[subject]",
        ...(organization === undefined ? [] : [`O = ${organization}`]),
        `CN = ${commonName}`,
        "[extensions]",
        "basicConstraints = critical, CA:FALSE",
        "keyUsage = critical, digitalSignature",
        `extendedKeyUsage = ${usage}`,
        "authorityKeyIdentifier = keyid",
        ...(names.length === 0 ? [] : [`subjectAltName = ${names.join(", ")}`]),
        "",
    ].join("\n");
}

interface KeyPairFiles {
    readonly certificate: string;
    readonly key: string;
}

async function issue(openssl: string, target: KeyPairFiles, request: string, days: number, signer?: Pki) {
    const beside = { certificate: `${target.certificate}.new`, key: `${target.key}.new` };
    const configuration = `${target.certificate}.cnf`;
    writeAtomically(configuration, request, 0o600);
    await run(openssl, [
        ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-sha256"],
        ...["-config", configuration, "-days", String(days), "-keyout", beside.key, "-out", beside.certificate],
        ...(signer === undefined ? [] : ["-CA", signer.authority, "-CAkey", signer.authorityKey]),
    ]);
    rmSync(configuration);
    renameSync(beside.key, target.key);
    renameSync(beside.certificate, target.certificate);
}

/** An interruption between the two renames leaves a pair that does not match: not good either. */
function isGood(certificateFile: string, keyFile: string, authorityFile?: string): boolean {
    if (!existsSync(certificateFile) || !existsSync(keyFile)) return false;
    const certificate = new X509Certificate(readFileSync(certificateFile));
    const end = Date.parse(certificate.validTo);
    if (Date.now() > end - renewalDays * 24 * 3600 * 1000) return false;
    if (!certificate.checkPrivateKey(createPrivateKey(readFileSync(keyFile)))) return false;
    if (authorityFile === undefined) return true;
    return certificate.verify(new X509Certificate(readFileSync(authorityFile)).publicKey);
}

function ensureTokenKey(pki: Pki): void {
    if (existsSync(pki.tokenKey) && existsSync(pki.tokenPublicKey)) return;
    const pair = generateKeyPairSync("rsa", {
        modulusLength: 2048,
        privateKeyEncoding: { type: "pkcs8", format: "pem" },
        publicKeyEncoding: { type: "spki", format: "pem" },
    });
    writeAtomically(pki.tokenKey, pair.privateKey, 0o600);
    writeAtomically(pki.tokenPublicKey, pair.publicKey);
}
