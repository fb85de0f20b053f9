import { z } from "zod";
import {
    absolutePath,
    branchName,
    dnsLabel,
    imageReference,
    imageRepository,
    isExpression,
    plainText,
    relativePath,
    repositoryName,
    serverUrl,
    timeZone,
    type VaultValue,
    vaultValue,
} from "./primitives.js";
import { cronSchedule } from "./schedules.js";
import { type SshHost, sshHost } from "./ssh.js";
import { vaultRight } from "./vaultRight.js";

const fileName = z.string().regex(/^(?!\.{1,2}$)[\w.][\w.-]*$/, "is not the name of a file");
/** Names that the step of `registry-config-sync` uses beside the files. */
const ofTheStep = new Set([".incoming", ".previous", ".changed", ".plan"]);
const nameOnVm = ({ file, target = file }: { file: string; target?: string }) => target;
/** What the step's own ServiceAccount may do, beside ending its own token. */
const rights = {
    /** In Vault. */
    vault: z.array(vaultRight).default([]),
    /** In the cluster: a ClusterRole that exists. Without it nothing. */
    clusterRole: z
        .string()
        .regex(/^[a-z0-9]([-a-z0-9.:]*[a-z0-9])?$/, "is not the name of a ClusterRole")
        .optional(),
};

const registryLogin = z.strictObject({ username: vaultValue, password: vaultValue });
const build = z.strictObject({
    context: relativePath.default("."),
    dockerfile: relativePath.default("Dockerfile"),
});
/** A registry that is not DockerHub, and what is pushed there. */
const privateImage = z.strictObject({ image: imageRepository, login: registryLogin });

const pipelines = z.strictObject({
    /** Applies the terragrunt stacks that a push changed. */
    default: z
        .strictObject({
            stacksDirectory: relativePath.default("stacks"),
            /** Stacks that go first, in this order. */
            platform: z.array(fileName).default([]),
            /** Stacks that are never applied here. */
            skip: z.array(fileName).default([]),
            /** A change of a path that begins so is a change of every platform stack. */
            globalPaths: z
                .array(z.string().regex(/^(?!.*\.\.)[\w.][\w./-]*$/, "is not the beginning of a path"))
                .default([]),
            /** Committed and pushed after the apply of each stack. */
            statePaths: z.array(relativePath).default([]),
            ...rights,
        })
        .optional(),
    "renew-tls": z
        .strictObject({
            schedule: cronSchedule,
            /** Name of the cron in Woodpecker. */
            cron: dnsLabel.default("renew-tls"),
            /** Program of the repository. */
            script: relativePath,
            /** What that program writes. */
            certificate: relativePath,
            privateKey: relativePath,
            /** Secret in each namespace. */
            secret: dnsLabel.default("tls-secret"),
            /** Namespaces that match get none. */
            skippedNamespaces: plainText.refine(isExpression, "is not a regular expression").default("^kube-"),
            /** What the program finds in its environment. */
            environment: z
                .record(z.string().regex(/^[A-Z][A-Z0-9_]*$/, "is not the name of a variable"), vaultValue)
                .default({}),
        })
        .optional(),
    "build-cli": build
        .extend({
            /** On DockerHub; `credentials` has the login. */
            image: imageRepository,
            privateImage,
        })
        .optional(),
    "build-ci-image": build
        .extend({
            context: relativePath.default("ci"),
            dockerfile: relativePath.default("ci/Dockerfile"),
            privateImage,
        })
        .optional(),
    "k8s-portal": z
        .strictObject({
            /** Name in `cicd:apps`; it lives in a directory of the infra repository. */
            app: dnsLabel,
        })
        .optional(),
    "registry-config-sync": z
        .strictObject({
            /** Where the files are in the repository. */
            directory: relativePath,
            /** Where they go on the VM. */
            root: absolutePath.default("/opt/registry"),
            files: z
                .array(
                    z
                        .strictObject({
                            file: fileName,
                            /** Its name on the VM; the same when left out. */
                            target: fileName.optional(),
                            /** Service of the compose file that reads it, and is restarted when it changes. */
                            service: fileName.optional(),
                        })
                        .refine(
                            (entry) => !ofTheStep.has(nameOnVm(entry)),
                            "has a name on the VM that the step itself uses",
                        ),
                )
                .min(1)
                .refine(
                    (files) => new Set(files.map(nameOnVm)).size === files.length,
                    "must not put two files under one name",
                ),
            compose: fileName.default("docker-compose.yml"),
            nginx: z
                .strictObject({
                    /** The file on the VM that the compose file mounts. */
                    target: fileName.default("nginx.conf"),
                    service: fileName.default("nginx"),
                    /** Where the container reads it. */
                    path: absolutePath.default("/etc/nginx/nginx.conf"),
                })
                .prefault({}),
            /** Run on the VM at the end. */
            check: z
                .string()
                .regex(/^[\w./ -]+$/, "is not a plain command")
                .optional(),
            /** What must answer afterwards. */
            url: serverUrl,
            login: registryLogin,
            ssh: sshHost,
        })
        .optional(),
    "pve-nfs-exports-sync": z
        .strictObject({ file: relativePath.default("scripts/pve-nfs-exports"), ssh: sshHost })
        .optional(),
    "postmortem-todos": z
        .strictObject({
            directory: relativePath.default("docs/post-mortems"),
            /** Program of the repository; gets the documents as arguments. */
            script: relativePath.default("scripts/postmortem-pipeline.sh"),
            /** What the program may read, below the KV mount. */
            reads: z.array(vaultValue.shape.path).default([]),
        })
        .optional(),
    "drift-detection": z
        .strictObject({
            schedule: cronSchedule,
            /** Name of the cron in Woodpecker. */
            cron: dnsLabel.default("drift-detection"),
            /** Image with node, pulumi, curl and jq. */
            image: imageReference,
            /** Where this program is in the infra repository. */
            directory: relativePath.default("."),
            stacks: z.array(fileName).min(1),
            /** Where Pulumi keeps its state. */
            backendUrl: z.string().regex(/^[a-z0-9]+:\/\/[^\s"'\\$]+$/, "is not the URL of a Pulumi backend"),
            pushgatewayUrl: serverUrl.optional(),
            /** File that outlives a run and keeps when findings were first seen; that of `cicd:drift` when left out. */
            history: absolutePath.optional(),
            /** Stacks of terragrunt or terraform in the same repository, looked at by a plan. */
            terraform: z
                .strictObject({
                    /** From the repository's root; `stacks/*` is every one in it. */
                    directories: z.array(z.string().regex(/^[\w.-]+(\/[\w.-]+)*(\/\*)?$/, "is not a directory")).min(1),
                    skip: z.array(fileName).default([]),
                    command: z
                        .string()
                        .regex(/^[\w./-]+$/, "is not a program")
                        .default("terragrunt"),
                })
                .optional(),
            passphrase: vaultValue,
            githubToken: vaultValue,
            /** Of a site admin. */
            woodpeckerToken: vaultValue,
            ...rights,
        })
        .optional(),
    "issue-automation": z
        .strictObject({
            /** Service of the agent. */
            url: serverUrl,
            /** Which agent. */
            agent: plainText,
            token: vaultValue,
            polls: z.int().min(1).max(1000).default(120),
            pollSeconds: z.int().min(1).max(300).default(15),
        })
        .optional(),
    "provision-user": z
        .strictObject({
            /** Map by user name, as JSON text. */
            users: vaultValue,
            authentik: z.strictObject({
                url: serverUrl,
                token: vaultValue,
                groupPrefix: z
                    .string()
                    .regex(/^[\w.-]*$/, "is not the beginning of a group's name")
                    .default("sops-"),
            }),
        })
        .optional(),
});

/** `cicd:infra`: the infra repository, and those of its pipelines that are managed: the ones that are there. */
export const infra = z.strictObject({
    repository: repositoryName,
    /** `github.defaultBranch` when left out. */
    branch: branchName.optional(),
    /** Numeric id the repository must have in Woodpecker; asserted before anything is changed. */
    woodpeckerId: z.int().min(1).optional(),
    /** Zone in which schedules are read. */
    timezone: timeZone.default("UTC"),
    /** Image of the steps: git, git-crypt, ssh, curl, jq, kubectl, openssl, terragrunt and what that needs. */
    tools: imageReference,
    /** Key of git-crypt as base64, where the repository has encrypted files. */
    gitCryptKey: vaultValue.optional(),
    /** How pipelines that commit bring it back; they start from the head of the branch then, also when restarted. */
    push: z
        .strictObject({
            url: z.string().regex(/^(ssh:\/\/)?[\w.-]+@[\w.-]+[:/][\w./~:-]+$/, "is not the ssh URL of a repository"),
            /** Lines of known_hosts for its host. */
            knownHosts: z
                .array(z.string().regex(/^[^\s\\]+ [a-z0-9-]+ [A-Za-z0-9+/]+=*$/, "is not a line of known_hosts"))
                .min(1),
            key: vaultValue,
        })
        .optional(),
    pipelines: pipelines.prefault({}),
});

export type InfraBlock = z.infer<typeof infra>;
export type InfraPipelineBlocks = InfraBlock["pipelines"];
export type InfraPipelineName = keyof InfraPipelineBlocks;
export type { SshHost };

/** Every value of Vault that becomes a secret in Woodpecker, with the key that asks for it. */
export function infraSources({ gitCryptKey, push, pipelines: p }: InfraBlock): [key: string, source: VaultValue][] {
    const found: [string, VaultValue | undefined][] = [
        ["gitCryptKey", gitCryptKey],
        ["push.key", push?.key],
        ...Object.entries(p["renew-tls"]?.environment ?? {}).map(([name, source]): [string, VaultValue] => [
            `pipelines.renew-tls.environment.${name}`,
            source,
        ]),
        ...(["build-cli", "build-ci-image"] as const).flatMap((name): [string, VaultValue | undefined][] => [
            [`pipelines.${name}.privateImage.login.username`, p[name]?.privateImage.login.username],
            [`pipelines.${name}.privateImage.login.password`, p[name]?.privateImage.login.password],
        ]),
        ["pipelines.registry-config-sync.login.username", p["registry-config-sync"]?.login.username],
        ["pipelines.registry-config-sync.login.password", p["registry-config-sync"]?.login.password],
        ["pipelines.registry-config-sync.ssh.key", p["registry-config-sync"]?.ssh.key],
        ["pipelines.pve-nfs-exports-sync.ssh.key", p["pve-nfs-exports-sync"]?.ssh.key],
        ["pipelines.drift-detection.passphrase", p["drift-detection"]?.passphrase],
        ["pipelines.drift-detection.githubToken", p["drift-detection"]?.githubToken],
        ["pipelines.drift-detection.woodpeckerToken", p["drift-detection"]?.woodpeckerToken],
    ];
    return found.flatMap(([key, source]) => (source ? [[`cicd:infra.${key}`, source] as [string, VaultValue]] : []));
}
