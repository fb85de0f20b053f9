import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { type Connection, Files } from "../../providers/host/index.js";
import { foundName } from "./names.js";
import { describeFiles, type ManagedFile, type Push, pushProgram } from "./payload.js";

export interface HostFilesArgs {
    /** Where the host is and which key it must show; `privateKey` is of a user who is root, or may use sudo without a password. */
    readonly connection: pulumi.Input<Connection>;
    /** Directory of the host that is managed. Files may lie elsewhere too, but only here is looked for what nobody declared. */
    readonly root: string;
    /** Contents may be secret: they travel by stdin, and only their hashes are shown. */
    readonly files: pulumi.Input<readonly ManagedFile[]>;
    /** What is done on the host with files that changed, see {@link Push}. @default nothing */
    readonly hooks?: string;
    /** Values for the hooks. */
    readonly secrets?: pulumi.Input<Readonly<Record<string, string>>>;
    /** What else is looked at there, by name: the state it has to be in. @default nothing */
    readonly items?: Record<string, string>;
    /** Shell text that prints a line for each of them: name, tab, state. */
    readonly probe?: string;
    /** Absolute paths in `root` that are somebody else's. @default none */
    readonly ignored?: readonly string[];
    /** Files that are there already may be written over. */
    readonly adopt: boolean;
    /** What a refresh does when the host does not answer: `warn` takes it to be as it was. @default "fail" */
    readonly unreachable?: "fail" | "warn";
}

/** The command line on the host: the program comes by stdin, and lies in a file of root's only while it runs. */
const run = (action: "push" | "remove", shell: string) =>
    `umask 077; d=$(mktemp -d) && trap 'rm -rf "$d"' EXIT && cat > "$d/push" && ${shell} "$d/push" ${action}`;

/**
 * A set of files on a host, pushed over SSH to a host whose key is pinned.
 *
 * A push stages all files, lets the hooks refuse them before anything is touched, replaces what differs by renames, lets the
 * hooks act on it and prove that it works, and puts back what was there when it does not. A push that was killed is taken up by the
 * next one, and two at once are refused. Files that are no longer declared are removed, all of them when it is deleted: that needs
 * the host, too. For one that is gone, docs/runbooks/nodes.md has the way.
 *
 * Beside it lies a resource that looks: a file or item that differs from its declaration is shown by
 * `pulumi preview --refresh` and makes the next `up` push again.
 *
 * For a host whose programs read files by themselves, leave out the hooks:
 *
 *     new HostFiles("node-a", { connection, root: "/etc/containerd/certs.d", files: [{ path, content }], adopt })
 */
export class HostFiles extends pulumi.ComponentResource {
    /** What the last push said. */
    readonly said: pulumi.Output<string>;

    constructor(name: string, args: HostFilesArgs, opts?: pulumi.ComponentResourceOptions) {
        super("cicd:host:HostFiles", name, {}, opts);
        const { root, hooks, items, probe, ignored, adopt, unreachable } = args;
        const files = pulumi.output(args.files) as pulumi.Output<readonly ManagedFile[]>;
        const found = new Files(
            foundName(name),
            {
                connection: args.connection,
                root,
                // Hashes give nothing away: a secret content is a key, or salted.
                files: pulumi.unsecret(files.apply(describeFiles)),
                items,
                probe,
                ignored: ignored && [...ignored],
                adopt,
                unreachable,
            },
            { parent: this },
        );
        const program = pulumi
            .all([files, args.secrets ?? {}, found.revision])
            .apply(([all, secrets, revision]) => pushProgram({ root, files: all, hooks, secrets, revision } as Push));
        const shell = pulumi.output(args.connection).apply(({ user }) => (user === "root" ? "sh" : "sudo -n sh"));
        const push = new command.remote.Command(
            `${name}-push`,
            {
                connection: pulumi.secret(
                    pulumi.output(args.connection).apply((to) => ({ ...to, dialErrorLimit: 3, perDialTimeout: 15 })),
                ),
                create: pulumi.unsecret(shell.apply((sh) => run("push", sh))),
                delete: pulumi.unsecret(shell.apply((sh) => run("remove", sh))),
                stdin: pulumi.secret(program),
                addPreviousOutputInEnv: false,
            },
            { parent: this },
        );
        this.said = pulumi.unsecret(push.stdout);
        this.registerOutputs({ said: this.said });
    }
}
